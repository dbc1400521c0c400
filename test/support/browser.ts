import { accessSync, constants } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];

/** A headless Chromium of this system. Close it. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = PROGRAMS.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (executablePath === undefined) throw new Error('no Chromium: run `npm run setup`');
  return chromium.launch({
    executablePath,
    // Root, as in most containers, has no sandbox of its own.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
}
