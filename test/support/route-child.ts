// Runs in a network namespace of its own (`unshare -n`): mounts an emulated account there, makes a default route appear and go, and
// prints as JSON how long each change took to lead to a poll. The routes of the machine are never touched.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from './until.js';
import { withLibrary } from './with-library.js';

/** The report of this process to the test. */
export interface RouteReport {
  /** Milliseconds from each new route to the item that a poll brought. */
  readonly shownAfterMs: number[];
  readonly log: string;
}

const devices = readFileSync('/proc/net/dev', 'utf8').match(/^ *[^ :]+:/gm) ?? [];
if (devices.some((name) => name.trim() !== 'lo:')) throw new Error('this is not a network namespace of its own');
const ip = (...args: string[]): void => void execFileSync('ip', args);
ip('link', 'set', 'lo', 'up');
ip('link', 'add', 'd0', 'type', 'veth', 'peer', 'name', 'd1');
for (const device of ['d0', 'd1']) ip('link', 'set', device, 'up');
ip('addr', 'add', '10.9.8.7/24', 'dev', 'd0');

const GATEWAYS = ['10.9.8.1', '10.9.8.2'];

const report = await withLibrary(
  (library) => void library.add({ filename: 'old.jpg' }),
  ({ mount, library }) =>
    mount({ args: ['--poll-interval', '1h', '--attr-timeout', '0s'], until: 'measured' }, async ({ path, log }) => {
      const shownAfterMs: number[] = [];
      for (const gateway of GATEWAYS) {
        const name = `by ${gateway}.jpg`;
        library.add({ filename: name });
        const changed = performance.now();
        ip('route', 'replace', 'default', 'via', gateway);
        const shows = async (): Promise<boolean> => (await readdir(join(path, 'media/all'))).includes(name);
        await until(`${name} shows`, shows, 30_000);
        shownAfterMs.push(performance.now() - changed);
      }
      return { shownAfterMs, log: log() } satisfies RouteReport;
    }),
);
console.log(JSON.stringify(report));
