import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { userErrorFrom } from '../../src/account/user-error-from.js';
import { consentRefusal } from '../../src/auth/consent-refusals.js';
import { failurePage, refusalPage, successPage } from '../../src/auth/pages.js';
import { PERMISSIONS } from '../../src/auth/scopes.js';
import { tokenRefusal } from '../../src/auth/token-refusals.js';
import { UserError } from '../../src/support/user-error.js';
import { FAILURE_PAGES } from '../emulator/consent-page.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { launchBrowser } from '../support/browser.js';
import { TOKEN_ANSWERS } from '../support/google-bodies.js';

const LONG_PROFILE = 'a-profile-of-32-letters-or-nearly';
const LONG_WARNING =
  'This sign-in ends in 7 days. Publish the app at https://console.cloud.google.com/auth/audience?project=123456789012, then sign in once more.';

/** What the page is measured by, there. */
const MEASURE = `(() => {
  const channels = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  let least = 21, where = '';
  for (const element of document.body.querySelectorAll('*')) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')) continue;
    const [a, b] = [light(channels(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < least) [least, where] = [contrast, element.outerHTML.slice(0, 80)];
  }
  const cut = [...document.querySelectorAll('*')].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).display !== 'inline').map((e) => e.outerHTML.slice(0, 80));
  return { width: document.documentElement.scrollWidth, least, where, cut, ground: light(ground(document.body)) };
})()`;

interface Measures {
  readonly width: number;
  readonly least: number;
  readonly where: string;
  readonly cut: readonly string[];
  readonly ground: number;
}

describe('every page of a sign-in', () => {
  let browser: Browser;
  let emulator: Emulator;
  before(async () => {
    browser = await launchBrowser();
    emulator = await startEmulator({ seed: { items: 1, albums: 0 } });
  });
  after(async () => {
    await browser.close();
    await emulator.close();
  });

  async function looksRight(show: { readonly url: string } | { readonly html: string }): Promise<void> {
    for (const width of [360, 1280])
      for (const colorScheme of ['light', 'dark'] as const) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 740 } });
        const page = await context.newPage();
        if ('url' in show) await page.goto(show.url);
        else await page.setContent(show.html);
        const measured = await page.evaluate<Measures>(MEASURE);
        const what = `at ${width} pixels, ${colorScheme}`;
        assert.equal(measured.width, width, `nothing sticks out ${what}`);
        assert.deepEqual(measured.cut, [], `nothing is cut ${what}`);
        assert.ok(measured.least >= 4.5, `contrast ${measured.least} of ${measured.where} ${what}`);
        assert.equal(measured.ground < 0.2, colorScheme === 'dark', `the ground ${what}`);
        await context.close();
      }
  }

  const failure = (error: unknown): { html: string } => {
    const shown = userErrorFrom(error);
    assert.ok(shown instanceof UserError);
    return { html: failurePage(shown.message, shown.hint) };
  };
  const success = (granted: readonly number[], warnings: readonly string[]): { html: string } => ({
    html: successPage({
      profile: LONG_PROFILE,
      granted: PERMISSIONS.filter((_, index) => granted.includes(index)),
      missing: PERMISSIONS.filter((_, index) => !granted.includes(index)),
      warnings,
    }),
  });
  const client = (): string => emulator.oauth.client.id;
  const consent = (): { url: string } => ({
    url: `${emulator.env.GPHOTOS_AUTH_URL}?${new URLSearchParams({
      client_id: client(),
      redirect_uri: 'http://127.0.0.1:1',
      response_type: 'code',
      scope: PERMISSIONS.map(({ scope }) => scope).join(' '),
      state: 'x',
    }).toString()}`,
  });

  it('the page after a full grant fits the window and is readable', () => looksRight(success([0, 1, 2, 3], [])));
  it('the page after a partial grant fits the window and is readable, with its warnings', () =>
    looksRight(success([0], [LONG_WARNING])));
  it('the page after a grant that shows nothing fits the window and is readable', () =>
    looksRight(success([3], [LONG_WARNING])));
  it('the page for a refused request fits the window and is readable', () =>
    looksRight({ html: refusalPage('comes from a script or a frame of another page') }));
  for (const word of ['access_denied', 'admin_policy_enforced', 'org_internal', 'invalid_scope', 'server_error', 'new'])
    it(`the page for ${word} fits the window and is readable`, () =>
      looksRight(failure(consentRefusal(word, client()))));
  for (const [name, { status, body }] of Object.entries(TOKEN_ANSWERS))
    it(`the page for the answer ${name} of the token endpoint fits the window and is readable`, () =>
      looksRight(failure(tokenRefusal(status, body, 'code', client()))));

  it('the consent page of the sign-in fits the window and is readable', async () => {
    emulator.oauth.consent = 'ask';
    await looksRight(consent());
    emulator.oauth.verified = false;
    await looksRight(consent());
    emulator.oauth.verified = true;
  });
  for (const name of FAILURE_PAGES)
    it(`the page ${name} of the sign-in fits the window and is readable`, async () => {
      emulator.oauth.consent = { page: name };
      await looksRight(consent());
    });
});
