import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Returns the default route as a text: equal texts are the same route; empty if there is none. */
export type ReadDefaultRoute = () => Promise<string>;

/**
 * How often to look, in milliseconds: a poll shall follow a change within 10 seconds. Linux has files, which cost
 * microseconds; macOS has a program.
 */
export function routeLookMs(platform: NodeJS.Platform = process.platform): number {
  return platform === 'darwin' ? 4_000 : 1_000;
}

const COMMAND_MS = 2_000;
const NOWHERE_V6 = '0'.repeat(32);

/** The way that this process's packets take; never rejects. */
export function systemDefaultRoute(platform: NodeJS.Platform = process.platform): ReadDefaultRoute {
  if (platform === 'darwin') return () => darwinRoute(runRoute);
  const text = (file: string): Promise<string> => readFile(file, 'latin1').catch(() => '');
  return async () => linuxRoute(await text('/proc/net/route'), await text('/proc/net/ipv6_route'));
}

/**
 * From proc(5)'s `/proc/net/route` and the kernel's `/proc/net/ipv6_route`: the best default route of each, without
 * counters.
 */
export function linuxRoute(ipv4: string, ipv6: string): string {
  const rows = (text: string): string[][] => text.split('\n').map((line) => line.trim().split(/\s+/));
  const best = (routes: readonly { readonly way: string; readonly metric: number }[]): string =>
    [...routes].sort((one, other) => one.metric - other.metric)[0]?.way ?? '';
  const four = rows(ipv4).flatMap(([device = '', to, gateway = '', , , , metric, mask]) =>
    to === '00000000' && mask === '00000000' ? [{ way: `${device} ${gateway}`, metric: Number(metric) }] : [],
  );
  const six = rows(ipv6).flatMap(([to, length, , , gateway = '', metric = '', , , , device = '']) =>
    // Loopback holds the one that refuses everything.
    to === NOWHERE_V6 && length === '00' && device !== 'lo'
      ? [{ way: `${device} ${gateway}`, metric: parseInt(metric, 16) }]
      : [],
  );
  return [best(four), best(six)].filter(Boolean).join(', ');
}

/** From macOS's `route -n get default`, which fails where there is none. */
export async function darwinRoute(run: (args: readonly string[]) => Promise<string>): Promise<string> {
  const ways: string[] = [];
  for (const family of ['-inet', '-inet6']) {
    const text = await run(['-n', 'get', family, 'default']);
    const part = (name: string): string => new RegExp(`^\\s*${name}: (\\S+)`, 'm').exec(text)?.[1] ?? '';
    const way = `${part('interface')} ${part('gateway')}`.trim();
    if (way !== '') ways.push(way);
  }
  return ways.join(', ');
}

function runRoute(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('/sbin/route', [...args], { timeout: COMMAND_MS }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
}
