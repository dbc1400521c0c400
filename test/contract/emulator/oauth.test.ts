import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Emulator } from '../../emulator/start-emulator.js';
import { SCOPES } from '../../emulator/oauth-state.js';
import { refused, withEmulator } from './client.js';

interface TokenJson {
  readonly access_token?: string;
  readonly refresh_token?: string;
  readonly expires_in?: number;
  readonly scope?: string;
  readonly token_type?: string;
  readonly error?: string;
  readonly error_description?: string;
}

async function token(emulator: Emulator, fields: Record<string, string>): Promise<TokenJson & { status: number }> {
  const { env } = emulator;
  const all = { client_id: env.GPHOTOS_CLIENT_ID, client_secret: env.GPHOTOS_CLIENT_SECRET, ...fields };
  const response = await fetch(env.GPHOTOS_TOKEN_URL, { method: 'POST', body: new URLSearchParams(all) });
  return { status: response.status, ...((await response.json()) as TokenJson) };
}

function refresh(emulator: Emulator, fields: Record<string, string> = {}): Promise<TokenJson & { status: number }> {
  return token(emulator, { grant_type: 'refresh_token', refresh_token: emulator.env.GPHOTOS_REFRESH_TOKEN, ...fields });
}

describe("the emulator's sign-in", () => {
  it('the emulator’s sign-in gives an access token for a refresh token, and no new refresh token', () =>
    withEmulator({ seed: { items: 1 } }, async (client, emulator) => {
      const { status, access_token: access = '', ...rest } = await refresh(emulator);
      assert.equal(status, 200);
      assert.deepEqual(rest, { expires_in: 3599, scope: Object.values(SCOPES).join(' '), token_type: 'Bearer' });
      client.use(access);
      assert.equal((await client.get('/v1/mediaItems')).mediaItems?.length, 1);
    }));

  it('the emulator’s sign-in takes the client from a Basic header too', () =>
    withEmulator({}, async (_, { env }) => {
      const basic = Buffer.from(`${env.GPHOTOS_CLIENT_ID}:${env.GPHOTOS_CLIENT_SECRET}`).toString('base64');
      const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: env.GPHOTOS_REFRESH_TOKEN });
      const response = await fetch(env.GPHOTOS_TOKEN_URL, {
        method: 'POST',
        body,
        headers: { authorization: `Basic ${basic}` },
      });
      assert.equal(response.status, 200);
    }));

  const REFUSALS = [
    ['an unknown client', { client_id: 'somebody' }, 401, 'invalid_client', 'The OAuth client was not found.'],
    ['a wrong secret', { client_secret: 'no' }, 401, 'invalid_client', 'Unauthorized'],
    ['an unknown refresh token', { refresh_token: 'no' }, 400, 'invalid_grant', 'Bad Request'],
    ['an unknown grant type', { grant_type: 'x' }, 400, 'unsupported_grant_type', 'Invalid grant_type: x'],
    [
      'a malformed code',
      { grant_type: 'authorization_code', code: 'no' },
      400,
      'invalid_grant',
      'Malformed auth code.',
    ],
  ] as const;
  for (const [what, fields, status, error, description] of REFUSALS) {
    it(`the emulator's sign-in refuses ${what} with ${error}`, () =>
      withEmulator({}, async (_, emulator) => {
        assert.deepEqual(await refresh(emulator, fields), { status, error, error_description: description });
      }));
  }

  it('the emulator’s sign-in refuses a revoked refresh token, and the access tokens made from it', () =>
    withEmulator({}, async (client, emulator) => {
      const revoke = `${emulator.url}/revoke?token=${encodeURIComponent(emulator.env.GPHOTOS_REFRESH_TOKEN)}`;
      assert.equal((await fetch(revoke, { method: 'POST' })).status, 200);
      assert.equal((await refresh(emulator)).error_description, 'Token has been expired or revoked.');
      await refused(client.request('GET', '/v1/mediaItems'), 401, 'UNAUTHENTICATED');
      assert.equal((await fetch(revoke, { method: 'POST' })).status, 400);
    }));

  it('the emulator’s sign-in lets a refresh token die after the days that a project in testing has', () =>
    withEmulator({ switches: { refreshTokenLifetimeMs: 7 * 86_400_000 } }, async (_, emulator) => {
      emulator.clock.advance(7 * 86_400_000 - 1000);
      assert.equal((await refresh(emulator)).status, 200);
      emulator.clock.advance(2000);
      assert.equal((await refresh(emulator)).error, 'invalid_grant');
    }));

  it('the emulator’s sign-in lets an access token die after an hour of its clock', () =>
    withEmulator({}, async (client, emulator) => {
      emulator.clock.advance(3_590_000);
      await client.get('/v1/mediaItems');
      emulator.clock.advance(10_000);
      await refused(client.request('GET', '/v1/mediaItems'), 401, 'UNAUTHENTICATED');
    }));

  it('the emulator’s sign-in refuses requests without a token, with a wrong one, and with too narrow a consent', () =>
    withEmulator({}, async (client, emulator) => {
      emulator.oauth.grant.scopes = [SCOPES.append];
      const error = await refused(client.request('GET', '/v1/albums'), 403, 'PERMISSION_DENIED');
      assert.equal(error.message, 'Request had insufficient authentication scopes.');
      client.use('ya29.wrong');
      await refused(client.request('GET', '/v1/albums'), 401, 'UNAUTHENTICATED');
      const missing = await refused(fetch(`${emulator.url}/v1/albums`), 401, 'UNAUTHENTICATED');
      assert.match(missing.message, /^Request is missing required authentication credential/);
    }));

  it('the emulator’s sign-in tells what a token is worth', () =>
    withEmulator({}, async (_, emulator) => {
      const { token: access } = emulator.oauth.issueAccessToken();
      const info = (await (await fetch(`${emulator.url}/tokeninfo?access_token=${access}`)).json()) as Record<
        string,
        unknown
      >;
      assert.equal(info['scope'], Object.values(SCOPES).join(' '));
      assert.match(String(info['expires_in']), /^35\d\d$/);
      assert.equal(typeof info['expires_in'], 'string');
      const wrong = await fetch(`${emulator.url}/tokeninfo?access_token=no`);
      assert.deepEqual(
        [wrong.status, await wrong.json()],
        [400, { error: 'invalid_token', error_description: 'Invalid Value' }],
      );
    }));
});

describe("the emulator's consent page", () => {
  const redirect = 'http://127.0.0.1:4711/back';
  const verifier = 'v'.repeat(43);
  const challenge = createHash('sha256').update(verifier).digest('base64url');

  async function consent(emulator: Emulator, changes: Record<string, string> = {}): Promise<Response> {
    const query = new URLSearchParams({
      client_id: emulator.env.GPHOTOS_CLIENT_ID,
      redirect_uri: redirect,
      response_type: 'code',
      scope: `${SCOPES.read} ${SCOPES.append}`,
      state: 'st&te',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      access_type: 'offline',
      ...changes,
    });
    return fetch(`${emulator.env.GPHOTOS_AUTH_URL}?${query.toString()}`, { redirect: 'manual' });
  }

  function backFrom(response: Response): URLSearchParams {
    assert.equal(response.status, 302);
    return new URL(response.headers.get('location') ?? '').searchParams;
  }

  const exchange = (emulator: Emulator, code: string, changes: Record<string, string> = {}) =>
    token(emulator, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirect,
      code_verifier: verifier,
      ...changes,
    });

  it('the emulator’s consent page sends back a code that buys tokens once', () =>
    withEmulator({}, async (_, emulator) => {
      const back = backFrom(await consent(emulator));
      assert.equal(back.get('state'), 'st&te');
      const code = back.get('code') ?? '';
      const bought = await exchange(emulator, code);
      assert.equal(bought.scope, `${SCOPES.read} ${SCOPES.append}`);
      assert.equal((await refresh(emulator, { refresh_token: bought.refresh_token ?? '' })).status, 200);
      assert.equal((await exchange(emulator, code)).error, 'invalid_grant');
    }));

  it('the emulator’s consent page refuses a wrong verifier and another redirect', () =>
    withEmulator({}, async (_, emulator) => {
      const code = async (): Promise<string> => backFrom(await consent(emulator)).get('code') ?? '';
      const wrong = await exchange(emulator, await code(), { code_verifier: 'w'.repeat(43) });
      assert.equal(wrong.error_description, 'Invalid code verifier.');
      const moved = await exchange(emulator, await code(), { redirect_uri: 'http://127.0.0.1:1/' });
      assert.equal(moved.error, 'redirect_uri_mismatch');
    }));

  it('the emulator’s consent page tells of a refusal, and of unticked boxes', () =>
    withEmulator({}, async (_, emulator) => {
      emulator.oauth.consent = 'deny';
      assert.equal(backFrom(await consent(emulator)).get('error'), 'access_denied');
      emulator.oauth.consent = { scopes: [SCOPES.append] };
      assert.equal(backFrom(await consent(emulator)).get('scope'), SCOPES.append);
    }));

  it('the emulator’s consent page keeps its errors in the browser', () =>
    withEmulator({}, async (_, emulator) => {
      const wrongs: Record<string, string>[] = [
        { scope: '' },
        { redirect_uri: 'http://example.com/' },
        { redirect_uri: 'urn:ietf:wg:oauth:2.0:oob' },
        { scope: 'https://www.googleapis.com/auth/photoslibrary.readonly' },
      ];
      for (const wrong of wrongs) {
        const response = await consent(emulator, wrong);
        assert.equal(response.status, 400);
        assert.equal(response.headers.get('location'), null);
      }
    }));
});
