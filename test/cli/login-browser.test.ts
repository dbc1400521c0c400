import assert from 'node:assert/strict';
import { readFile, readdir, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { FailurePage } from '../emulator/oauth-state.js';
import { SCOPES } from '../emulator/oauth-state.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { launchBrowser } from '../support/browser.js';
import { newcomer, type Newcomer } from '../support/newcomer.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount } from '../support/run-program.js';

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

interface World {
  readonly emulator: Emulator;
  readonly folders: PrivateFolders;
  readonly person: Newcomer;
  readonly page: Page;
}

async function withWorld(body: (world: World) => Promise<void>): Promise<void> {
  const emulator = await startEmulator({ seed: { items: 12, albums: 1 } });
  const folders = makePrivateFolders();
  const context = await browser.newContext();
  emulator.oauth.consent = 'ask';
  try {
    await body({ emulator, folders, person: newcomer(emulator, folders), page: await context.newPage() });
  } finally {
    await context.close();
    await emulator.close();
    folders.remove();
  }
}

async function agree(page: Page, scopes: readonly string[] = Object.values(SCOPES)): Promise<void> {
  for (const scope of scopes) await page.check(`input[value="${scope}"]`);
  await page.click('text=Continue');
}

/** What is said of each box that was left unticked. */
const WITHOUT: Readonly<Record<keyof typeof SCOPES, RegExp>> = {
  read: /no photos or albums can be read/,
  append: /nothing can be uploaded: the mount is read-only/,
  edit: /albums and descriptions cannot be changed: the mount is read-only/,
  picker: /photos of the rest of the library cannot be picked/,
};

describe('signing in with a browser', () => {
  it('login with a browser brings a new user from login to a mounted, listed and read folder within 30 seconds', () =>
    withWorld(async ({ emulator, folders, person, page }) => {
      const began = performance.now();
      const login = person.login();
      await page.goto(await login.opened());
      await agree(page);
      await page.waitForSelector('text=You are signed in');
      for (const words of ['See the photos', 'Add photos', 'Change albums', 'Read photos that you pick'])
        assert.ok((await page.textContent('main'))?.includes(words), words);
      const signedIn = await login.done();
      assert.equal(signedIn.code, 0, signedIn.stderr);
      assert.match(signedIn.stdout, /Signed in \(profile default\)[^]*Next: gphotos-mount ~\/photos/);
      const mounted = await gphotosMount([folders.mountpoint], person.env);
      assert.equal(mounted.code, 0, mounted.stderr);
      try {
        const all = join(folders.mountpoint, 'media/all');
        let names: string[] = [];
        while (names.length < 12 && performance.now() - began < 30_000) names = await readdir(all);
        assert.equal(names.length, 12);
        const [name = ''] = names;
        const bytes = await readFile(join(all, name));
        assert.equal(bytes.length, (await stat(join(all, name))).size);
        const seconds = (performance.now() - began) / 1000;
        assert.ok(seconds < 30, `took ${seconds} s`);
      } finally {
        await gphotosMount(['unmount', folders.mountpoint], person.env);
      }
      assert.equal(emulator.oauth.consents, 1);
    }));

  it('login with a browser keeps the sign-in in a file of mode 0600 in a folder of mode 0700, and the client beside it', () =>
    withWorld(async ({ folders, person, page }) => {
      const login = person.login();
      await page.goto(await login.opened());
      await agree(page);
      assert.equal((await login.done()).code, 0);
      const folder = join(folders.config, 'default');
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
      assert.deepEqual((await readdir(folder)).sort(), ['client_secret.json', 'token.json']);
      for (const name of await readdir(folder)) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
    }));

  it('login with a browser says what was unticked on page and terminal, and goes on without it', () =>
    withWorld(async ({ person, page, folders }) => {
      const login = person.login();
      await page.goto(await login.opened());
      await agree(page, [SCOPES.read]);
      await page.waitForSelector('text=Not granted');
      assert.match((await page.textContent('main')) ?? '', /nothing can be uploaded: the mount is read-only/);
      const { code, stdout } = await login.done();
      assert.equal(code, 0);
      assert.match(stdout, /Not granted: to add photos[^\n]*read-only/);
      assert.match(stdout, /Not granted: to read photos that you pick yourself[^\n]*cannot be picked/);
      const mounted = await gphotosMount([folders.mountpoint], person.env);
      assert.equal(mounted.code, 0, mounted.stderr);
      await gphotosMount(['unmount', folders.mountpoint], person.env);
    }));

  const BOXES = Object.entries(SCOPES);
  for (let bits = 0; bits < 2 ** BOXES.length; bits++) {
    const ticked = BOXES.filter((_, index) => (bits & (1 << index)) !== 0);
    const unticked = BOXES.filter(([name]) => !ticked.some(([other]) => other === name));
    const names = ticked.map(([name]) => name).join(', ') || 'nothing';
    const scopes = ticked.map(([, scope]) => scope);
    it(`login with a browser with ${names} ticked ${bits === 0 ? 'does not sign in' : 'keeps it and says what is missing'}`, () =>
      withWorld(async ({ person, page }) => {
        const login = person.login();
        await page.goto(await login.opened());
        await agree(page, scopes);
        await page.waitForSelector('footer');
        const shown = (await page.textContent('main')) ?? '';
        const { code, stdout, stderr } = await login.done();
        if (bits === 0) {
          assert.match(shown, /You are not signed in/);
          assert.match(stderr, /No permission was granted on the consent page\.\n.*login again and tick every box/);
          assert.equal(code, 77);
          assert.ok(!existsSync(person.tokenFile));
          return;
        }
        assert.equal(code, 0, stderr);
        const stored = JSON.parse(await readFile(person.tokenFile, 'utf8')) as { scope: string };
        assert.deepEqual(stored.scope.split(' ').sort(), [...scopes].sort());
        for (const [name] of BOXES) {
          const isTicked = scopes.includes(SCOPES[name as keyof typeof SCOPES]);
          const told = WITHOUT[name as keyof typeof SCOPES];
          assert.equal(told.test(shown), !isTicked, `page about ${name}: ${shown}`);
          assert.equal(told.test(stdout), !isTicked, `terminal about ${name}: ${stdout}`);
        }
        const again = /gphotos-mount login again and tick every box/;
        assert.equal(again.test(shown), unticked.length > 0);
        assert.equal(again.test(stdout), unticked.length > 0);
        assert.equal(/nothing can be shown/.test(shown), !scopes.includes(SCOPES.read));
        const { stdout: list } = await gphotosMount(['accounts', '--json'], person.env);
        const [account] = JSON.parse(list) as { state: string; message: string }[];
        assert.equal(account?.state, unticked.length === 0 ? 'signed-in' : 'limited');
      }));
  }

  it('login with a browser says beforehand what Google warns of an app that is not verified, and goes on behind the warning', () =>
    withWorld(async ({ emulator, person, page }) => {
      emulator.oauth.verified = false;
      const login = person.login();
      await page.goto(await login.opened());
      assert.match((await page.textContent('h1')) ?? '', /hasn.t verified this app/);
      assert.match(login.said(), /hasn't verified this app.*your own: press "Advanced", then "Go to/);
      await page.click('text=Advanced');
      await page.click('text=Go to photos (unsafe)');
      await agree(page);
      await page.waitForSelector('text=You are signed in');
      assert.equal((await login.done()).code, 0);
    }));

  it('login ends in time, and explains the warning page, when a person stops there', () =>
    withWorld(async ({ emulator, person, page }) => {
      emulator.oauth.verified = false;
      const login = person.login('--timeout', '2s');
      await page.goto(await login.opened());
      const { code, stdout, stderr } = await login.done();
      assert.equal(code, 77);
      assert.match(stderr, /Nobody came back from the consent page in time\./);
      assert.match(stdout, /"Google hasn't verified this app": that is no error/);
      assert.ok(!existsSync(person.tokenFile));
    }));

  it('consent refused on the page of Google ends login with a sentence and stores nothing', () =>
    withWorld(async ({ person, page }) => {
      const login = person.login();
      await page.goto(await login.opened());
      await page.click('text=Cancel');
      await page.waitForSelector('text=You are not signed in');
      const { code, stderr } = await login.done();
      assert.equal(code, 77);
      assert.match(stderr, /Access was not allowed on the consent page/);
      assert.ok(!existsSync(person.tokenFile));
    }));

  it('login with a browser says on the page and the terminal that the API is not switched on, with the link, and stays signed in', () =>
    withWorld(async ({ emulator, person, page }) => {
      emulator.faults.add({
        match: { route: 'mediaItems.list' },
        action: { type: 'api-error', error: 'service-disabled' },
      });
      const login = person.login();
      await page.goto(await login.opened());
      await agree(page);
      await page.waitForSelector('text=not switched on');
      assert.match(
        (await page.getAttribute('main a', 'href')) ?? '',
        /console\.developers\.google\.com.*project=123456789012/,
      );
      const { code, stdout } = await login.done();
      assert.equal(code, 0);
      assert.match(stdout, /Photos Library API is not switched on[^\n]*project=123456789012/);
      assert.ok(existsSync(person.tokenFile));
    }));

  const PAGES: readonly (readonly [FailurePage, RegExp])[] = [
    ['redirect_uri_mismatch', /"redirect_uri_mismatch": .*Desktop app/],
    ['invalid_client', /"invalid_client" or "deleted_client": .*does not exist/],
    ['deleted_client', /"invalid_client" or "deleted_client": .*does not exist/],
    ['org_internal', /"org_internal": .*External/],
    ['admin_policy_enforced', /"admin_policy_enforced" or "policy_enforced": the administrator/],
    ['policy_enforced', /"policy_enforced": .*Advanced Protection/],
    ['disallowed_useragent', /"disallowed_useragent": .*ordinary browser/],
    ['invalid_request', /"invalid_request": .*cut off/],
    ['not_a_tester', /"being tested": publish/],
  ];
  for (const [name, words] of PAGES) {
    it(`login with a browser ends in time and explains the page ${name}, which never calls back`, () =>
      withWorld(async ({ emulator, person, page }) => {
        emulator.oauth.consent = { page: name };
        const login = person.login('--timeout', '3s');
        const shown = await page.goto(await login.opened());
        assert.ok((shown?.status() ?? 0) >= 400);
        assert.ok(page.url().startsWith(emulator.url), 'the browser stays there');
        const { code, stdout, stderr } = await login.done();
        assert.equal(code, 77);
        assert.match(stderr, /Nobody came back from the consent page in time\./);
        assert.match(stdout, words);
        assert.ok(!existsSync(person.tokenFile));
      }));
  }

  it('login with a browser shows pages that fit 360 and 1280 pixels, light and dark, and load nothing', () =>
    withWorld(async ({ person }) => {
      for (const width of [360, 1280])
        for (const colorScheme of ['light', 'dark'] as const) {
          const context = await browser.newContext({ colorScheme, viewport: { width, height: 740 } });
          const page = await context.newPage();
          const asked: string[] = [];
          page.on('request', (request) => asked.push(new URL(request.url()).pathname));
          const complaints: string[] = [];
          page.on('console', (message) => complaints.push(message.text()));
          const login = person.login('--profile', `p${width}${colorScheme}`, person.clientFile);
          await page.goto(await login.consentUrl());
          await agree(page, [SCOPES.read]);
          await page.waitForSelector('text=You are signed in');
          const wide = await page.evaluate('document.documentElement.scrollWidth');
          assert.equal(wide, width, 'nothing sticks out');
          const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
          assert.equal(ground, colorScheme === 'dark' ? 'rgb(20, 23, 28)' : 'rgb(244, 245, 247)');
          assert.deepEqual([...new Set(asked)].filter((path) => path !== '/favicon.ico').sort(), [
            '/',
            '/o/oauth2/v2/auth',
          ]);
          assert.deepEqual(
            complaints.filter((text) => !text.startsWith('Failed to load')),
            [],
            'the policy allows the style; only the icon is missing',
          );
          await login.done();
          await context.close();
        }
    }));
});
