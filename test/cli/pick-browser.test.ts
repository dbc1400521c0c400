import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { launchBrowser } from '../support/browser.js';
import { program } from '../support/mounted.js';
import { listed, pickCommand, startPick } from '../support/picking.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { until } from '../support/until.js';

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

interface World {
  readonly emulator: Emulator;
  readonly folders: PrivateFolders;
  readonly page: Page;
}

async function withWorld(body: (world: World) => Promise<void>): Promise<void> {
  const emulator = await startEmulator({ seed: { items: 12, albums: 0 }, switches: { appSeesFrom: 12 } });
  const folders = makePrivateFolders();
  const context = await browser.newContext();
  try {
    await body({ emulator, folders, page: await context.newPage() });
  } finally {
    await context.close();
    await emulator.close();
    folders.remove();
  }
}

async function tick(page: Page, amount: number): Promise<void> {
  const boxes = await page.locator('input[name=item]').all();
  for (const box of boxes.slice(0, amount)) await box.check();
}

describe('picking in a browser', () => {
  it('a person ticks three items in the browser that pick opened and presses Done: the command stores them and ends with 0', () =>
    withWorld(async ({ emulator, folders, page }) => {
      const opened = join(folders.root, 'opened');
      const opener = join(folders.root, 'browser');
      writeFileSync(opener, `#!/bin/sh\nprintf %s "$1" > '${opened}.new' && mv '${opened}.new' '${opened}'\n`);
      chmodSync(opener, 0o755);
      const pick = startPick({ env: { ...folders.env, BROWSER: opener } }, emulator, []);
      const uri = await until('a browser is opened', () => existsSync(opened) && readFileSync(opened, 'utf8'));
      assert.equal(uri, await pick.uri());
      assert.match(pick.said(), /A browser opens with Google's page: tick up to 2,000 items and press Done/);
      await page.goto(uri);
      await tick(page, 3);
      await page.click('text=Done');
      await page.waitForSelector('text=You selected 3 items');
      const { code, stdout } = await pick.done();
      assert.equal(code, 0, stdout);
      assert.match(stdout, /3 of 3 stored, .*: all of it is here\./);
      assert.equal((await listed(folders, emulator)).items, 3);
    }));

  it('a person who cancels leaves the session open, and may pick later under the same address; another account cannot', () =>
    withWorld(async ({ emulator, folders, page }) => {
      const pick = startPick(folders, emulator, ['--no-open', '--count', '2']);
      const uri = await pick.uri();
      await page.goto(uri);
      await tick(page, 1);
      await page.click('text=Cancel');
      await page.waitForSelector('text=Nothing was selected');
      assert.equal((await listed(folders, emulator)).sessions[0]?.state, 'open');
      await page.context().addCookies([{ name: 'account', value: 'other', url: emulator.url }]);
      await page.goto(uri);
      await page.waitForSelector('text=Switch accounts');
      await page.context().clearCookies();
      await page.goto(uri);
      await tick(page, 3);
      await page.click('text=Done');
      await page.waitForSelector('text=You can select up to 2 photos');
      await page.goto(uri);
      await tick(page, 2);
      await page.click('text=Done');
      await page.waitForSelector('text=You selected 2 items');
      assert.equal((await pick.done()).code, 0, pick.said());
      await page.goto(uri);
      await page.waitForSelector('text=This link does not work any more');
    }));

  it('Done with nothing ticked ends the command with 0 and says that nothing was picked', () =>
    withWorld(async ({ emulator, folders, page }) => {
      const pick = startPick(folders, emulator);
      await page.goto(await pick.uri());
      await page.click('text=Done');
      await page.waitForSelector('text=You selected 0 items');
      const { code, stdout } = await pick.done();
      assert.equal(code, 0, stdout);
      assert.match(stdout, /Nothing was picked\./);
    }));

  it('pick cancel ends an open session: the page does not work any more, and the command that waits says so', () =>
    withWorld(async ({ emulator, folders, page }) => {
      const begun = await pickCommand(folders, emulator, '--no-open', '--no-wait');
      const uri = /^ +(http\S+)$/m.exec(begun.stdout)?.[1] ?? '';
      const { id } = (await listed(folders, emulator)).sessions[0] ?? assert.fail();
      const cancelled = await pickCommand(folders, emulator, 'cancel', id);
      assert.equal(cancelled.code, 0, cancelled.stderr);
      await until('it is ended at Google', () => emulator.picking.last.deleted);
      await page.goto(uri);
      await page.waitForSelector('text=This link does not work any more');
      assert.equal((await pickCommand(folders, emulator, 'cancel', id)).code, 64);
    }));
});

const hasReader = spawnSync('zbarimg', ['--version']).status === 0 && spawnSync('script', ['--version']).status === 0;

describe('the QR code of pick', { skip: !hasReader && 'zbarimg or script is not installed' }, () => {
  it('on a terminal pick shows a QR code that another program reads back as the address of the page', async () => {
    const emulator = await startEmulator({ switches: { pickerPage: 'google' } });
    const folders = makePrivateFolders();
    const folder = mkdtempSync(join(tmpdir(), 'gphotos-pick-qr-'));
    try {
      const command = `stty cols 120; ${process.execPath} ${program} pick --no-open --no-wait`;
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        env: { ...folders.env, ...emulator.env, LANG: 'C.UTF-8' },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      await new Promise((resolve) => child.once('close', resolve));
      const lines = text.split(/\r?\n/).filter((line) => /^[█▀▄ ]{20,}$/.test(line));
      const rows = lines.flatMap((line) => [
        Array.from(line, (char) => (char === '█' || char === '▀' ? '0' : '1')),
        Array.from(line, (char) => (char === '█' || char === '▄' ? '0' : '1')),
      ]);
      const pixels = rows.flatMap((row) =>
        Array.from({ length: 4 }, () => row.map((pixel) => pixel.repeat(4)).join('')),
      );
      const file = join(folder, 'code.pbm');
      writeFileSync(file, `P1\n${pixels[0]?.length ?? 0} ${pixels.length}\n${pixels.join('\n')}\n`);
      const { stdout } = spawnSync('zbarimg', ['-q', '--raw', file], { encoding: 'utf8' });
      assert.equal(stdout.trim(), `https://photos.google.com/picker/${emulator.picking.last.id}`, text);
      assert.ok(text.includes(stdout.trim()));
    } finally {
      await emulator.close();
      folders.remove();
      rmSync(folder, { recursive: true });
    }
  });
});
