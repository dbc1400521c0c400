import { spawn } from 'node:child_process';

const GRACE_MS = 3_000;

/** Variables that no browser needs to know. */
const SECRET = /^GPHOTOS_(?:CLIENT_ID|CLIENT_SECRET|REFRESH_TOKEN)$/;

/** Opens a URL with `$BROWSER`, else with the command of the desktop; false if there is none or it fails at once. */
export async function openBrowser(url: string, env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Promise<boolean> {
  const chosen = (env['BROWSER'] ?? '').split(':').find((word) => word.trim() !== '');
  const desktop = platform === 'darwin' ? 'open' : 'xdg-open';
  const isHeadless = platform !== 'darwin' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY'];
  if (chosen === undefined && isHeadless) return false;
  const words = (chosen ?? desktop).trim().split(/\s+/);
  const isAsked = words.some((word) => word.includes('%s'));
  const [program = '', ...args] = isAsked ? words.map((word) => word.replaceAll('%s', url)) : [...words, url];
  const around = Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET.test(name)));
  return new Promise((resolve) => {
    const child = spawn(program, args, { detached: true, stdio: 'ignore', env: around });
    // A browser that stays in the foreground is one that works.
    const timer = setTimeout(() => resolve(true), GRACE_MS).unref();
    const settle = (worked: boolean): void => {
      clearTimeout(timer);
      resolve(worked);
    };
    child.once('error', () => settle(false));
    child.once('exit', (code) => settle(code === 0));
    child.unref();
  });
}
