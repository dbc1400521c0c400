import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { listenForCallback, type LoopbackListener } from '../../../src/auth/loopback-listener.js';
import { failurePage, successPage } from '../../../src/auth/pages.js';
import { READ_SCOPE, PERMISSIONS } from '../../../src/auth/scopes.js';

const STATE = 'right-state-right-state-right-state-right-st';

interface Asked {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, unknown>;
}

interface Bench {
  readonly listener: LoopbackListener;
  readonly refusals: string[];
  /** True once a callback was taken. */
  readonly arrived: () => Promise<boolean>;
  readonly ask: (path: string, headers?: Record<string, string>, method?: string, body?: string) => Promise<Asked>;
}

async function withListener(body: (bench: Bench) => Promise<void>): Promise<void> {
  const refusals: string[] = [];
  const listener = await listenForCallback({
    port: 0,
    state: STATE,
    ticket: 'one-time-ticket',
    onRefused: (why) => refusals.push(why),
  });
  try {
    await body({
      listener,
      refusals,
      arrived: () => Promise.race([listener.arrival.then(() => true), Promise.resolve(false)]),
      ask: (path, headers = {}, method = 'GET', text) => ask(listener.port, path, headers, method, text),
    });
  } finally {
    await listener.close();
  }
}

function ask(
  port: number,
  path: string,
  headers: Record<string, string>,
  method: string,
  body?: string,
): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

const GOOD = `/?state=${STATE}&code=4/0Acode&scope=${encodeURIComponent(READ_SCOPE)}`;
const NAVIGATION = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

describe('the loopback listener', () => {
  it('the loopback listener takes the right callback and shows the page that it is given', () =>
    withListener(async ({ listener, ask }) => {
      const shown = ask(GOOD, NAVIGATION);
      const { callback, answer } = await listener.arrival;
      assert.deepEqual(callback, { kind: 'code', code: '4/0Acode' });
      await answer(200, successPage({ profile: 'default', granted: PERMISSIONS, missing: [], warnings: [] }));
      const { status, body, headers } = await shown;
      assert.equal(status, 200);
      assert.match(body, /You are signed in/);
      assert.match(String(headers['content-security-policy']), /default-src 'none'/);
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['referrer-policy'], 'no-referrer');
    }));

  it('the loopback listener takes a refusal of Google as an arrival', () =>
    withListener(async ({ listener, ask }) => {
      const shown = ask(`/?error=access_denied&state=${STATE}`);
      const { callback, answer } = await listener.arrival;
      assert.deepEqual(callback, { kind: 'refused', error: 'access_denied' });
      await answer(400, failurePage('No.', ''));
      assert.equal((await shown).status, 400);
    }));

  it('the loopback listener listens on 127.0.0.1 alone, and says so to Google', () =>
    withListener(async ({ listener }) => {
      assert.equal(listener.redirectUri, `http://127.0.0.1:${listener.port}`);
      const elsewhere = connect({ host: '127.0.0.2', port: listener.port });
      const outcome = await new Promise((resolve) => {
        elsewhere.on('error', () => resolve('refused')).on('connect', () => resolve('connected'));
      });
      elsewhere.destroy();
      assert.equal(outcome, 'refused');
    }));

  it('the loopback listener sends the browser on once, so that what is on the command line is worth nothing afterwards', () =>
    withListener(async ({ listener, ask }) => {
      const start = listener.startUrl('http://127.0.0.1:1/consent?state=hidden');
      assert.doesNotMatch(start, /hidden/);
      assert.equal((await ask('/start?t=wrong')).status, 404);
      const path = start.slice(start.indexOf('/start'));
      const { status, headers } = await ask(path);
      assert.equal(status, 302);
      assert.equal(headers['location'], 'http://127.0.0.1:1/consent?state=hidden');
      assert.equal((await ask(path)).status, 404);
    }));

  it('the loopback listener ignores the favicon without a word', () =>
    withListener(async ({ ask, refusals }) => {
      assert.equal((await ask('/favicon.ico', NAVIGATION)).status, 404);
      assert.deepEqual(refusals, []);
    }));

  const HOSTILE: readonly (readonly [string, string, Record<string, string>, string, number, RegExp])[] = [
    ['a wrong state', '/?state=wrong&code=4/0A', {}, 'GET', 400, /state of another sign-in/],
    ['a state cut off at its end', `/?state=${STATE.slice(0, -1)}&code=4/0A`, {}, 'GET', 400, /state of another/],
    ['no state', '/?code=4/0A', {}, 'GET', 400, /no state/],
    ['two states', `/?state=${STATE}&state=${STATE}&code=4/0A`, {}, 'GET', 400, /twice/],
    ['two codes', `/?state=${STATE}&code=4/0A&code=4/0B`, {}, 'GET', 400, /twice/],
    ['no code', `/?state=${STATE}`, {}, 'GET', 400, /no authorization code/],
    ['a code with control characters', `/?state=${STATE}&code=4/%0d%0aX`, {}, 'GET', 400, /no authorization code/],
    ['a code of 3,000 characters', `/?state=${STATE}&code=${'a'.repeat(3000)}`, {}, 'GET', 400, /no authorization/],
    ['a hostile Host', GOOD, { host: 'photos.evil.example' }, 'GET', 421, /another host/],
    ['a Host with another port', GOOD, { host: '127.0.0.1:1' }, 'GET', 421, /another host/],
    ['another origin', GOOD, { origin: 'https://evil.example' }, 'GET', 403, /script or a frame/],
    [
      'another origin that pretends to navigate',
      GOOD,
      { ...NAVIGATION, origin: 'https://evil.example' },
      'GET',
      403,
      /script/,
    ],
    [
      'a script of another page',
      GOOD,
      { ...NAVIGATION, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' },
      'GET',
      403,
      /script/,
    ],
    ['a frame of another page', GOOD, { ...NAVIGATION, 'sec-fetch-dest': 'iframe' }, 'GET', 403, /frame/],
    [
      'a picture of another page',
      GOOD,
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      'GET',
      403,
      /script/,
    ],
    ['a POST', GOOD, {}, 'POST', 405, /not a page/],
    ['another path', `/elsewhere${GOOD.slice(1)}`, {}, 'GET', 404, /not here/],
    ['a path that looks like a host', `//evil.example${GOOD}`, {}, 'GET', 404, /not here/],
  ];
  for (const [what, path, headers, method, status, why] of HOSTILE) {
    it(`the loopback listener refuses ${what} in a sentence, and goes on waiting`, () =>
      withListener(async ({ ask, arrived, refusals, listener }) => {
        const refused = await ask(path, headers, method);
        assert.equal(refused.status, status);
        assert.match(refused.body, /Nothing was stored/);
        assert.match(refusals.join(), why);
        assert.doesNotMatch(refused.body + refusals.join(), new RegExp(STATE), 'the state is not told');
        assert.equal(await arrived(), false);
        const shown = ask(GOOD);
        await (await listener.arrival).answer(200, 'ok');
        assert.equal((await shown).body, 'ok');
      }));
  }

  it('the loopback listener refuses a GET with a body', () =>
    withListener(async ({ ask, arrived }) => {
      assert.equal((await ask(GOOD, { 'content-length': '5' }, 'GET', 'hello')).status, 413);
      assert.equal(await arrived(), false);
    }));

  it('the loopback listener refuses a second callback, also with the same state and code', () =>
    withListener(async ({ listener, ask, refusals }) => {
      const first = ask(GOOD);
      const { answer } = await listener.arrival;
      const second = await ask(GOOD);
      assert.equal(second.status, 410);
      assert.match(second.body, /a second time/);
      await answer(200, 'first');
      assert.equal((await first).body, 'first');
      assert.equal(refusals.length, 1);
    }));

  it('the loopback listener cuts off a request of huge headers or a huge address, and what is not HTTP', () =>
    withListener(async ({ listener, ask, arrived, refusals }) => {
      assert.equal((await ask(`/?state=${'x'.repeat(100_000)}`)).status, 431);
      assert.equal((await ask(GOOD, { cookie: 'x'.repeat(100_000) })).status, 431);
      const socket = connect(listener.port, '127.0.0.1');
      const said = new Promise<string>((resolve) => {
        let text = '';
        socket.on('data', (piece) => (text += String(piece)));
        socket.on('close', () => resolve(text));
      });
      socket.write('\x16\x03\x01 this is TLS or nothing\r\n\r\n');
      assert.match(await said, /^HTTP\/1\.1 400/);
      assert.equal(await arrived(), false);
      assert.equal(refusals.length, 3);
    }));

  it('the loopback listener says in a sentence that the port is taken', () =>
    withListener(async ({ listener }) => {
      await assert.rejects(listenForCallback({ port: listener.port, state: STATE, ticket: 't' }), {
        name: 'UserError',
        exitCode: 2,
        message: new RegExp(`port ${listener.port}: another program uses it`),
        hint: /--port/,
      });
    }));
});

describe('the pages', () => {
  it('the pages of the listener show hostile text as text', () => {
    const page = failurePage(
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)> https://a.example/"onclick=x',
    );
    assert.doesNotMatch(page, /<script|<img|onclick="|"onclick/);
    assert.match(page, /&#60;script&#62;/);
  });

  it('the pages say what was not granted and what follows from it', () => {
    const [read, ...others] = PERMISSIONS;
    assert.ok(read);
    const page = successPage({ profile: 'work', granted: [read], missing: others, warnings: ['Ends in 7 days.'] });
    assert.match(page, /work/);
    assert.match(page, /Not granted/);
    for (const { without } of others) assert.ok(page.includes(without));
    assert.match(page, /Ends in 7 days/);
  });
});
