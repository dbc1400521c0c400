import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { authorizationUrl, newSignInSecrets, sameSecret } from '../../../src/auth/authorization-request.js';
import { readPasted } from '../../../src/auth/callback.js';
import { PERMISSIONS } from '../../../src/auth/scopes.js';

const STATE = 'the-state';

describe('what is pasted', () => {
  const good = [
    `http://127.0.0.1:8085/?state=${STATE}&code=4/0Abc&scope=x`,
    `  "http://127.0.0.1:8085/?state=${STATE}&code=4%2F0Abc"  `,
    `?state=${STATE}&code=4/0Abc`,
    `state=${STATE}&code=4/0Abc`,
    '4/0Abc',
    '4%2F0Abc',
  ];
  for (const text of good) {
    it(`what is pasted is taken as ${JSON.stringify(text)}`, () => {
      assert.deepEqual(readPasted(text, STATE), { kind: 'code', code: '4/0Abc' });
    });
  }

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['with the state of another sign-in', 'http://127.0.0.1:1/?state=other&code=4/0Abc', /another sign-in/],
    ['without a state', 'http://127.0.0.1:1/?code=4/0Abc', /no state/],
    ['before consent was given', 'https://accounts.google.com/o/oauth2/v2/auth?client_id=x', /after you agreed/],
    ['that is anything', 'hello', /neither an address/],
    ['with a broken escape', '4%2', /neither an address/],
  ];
  for (const [what, text, why] of wrong) {
    it(`${what} is refused`, () => {
      const callback = readPasted(text, STATE);
      assert.match(callback.kind === 'wrong' ? callback.why : callback.kind, why);
    });
  }

  it('a pasted address with error=access_denied is read as refused consent', () => {
    const text = `http://127.0.0.1:1/?state=${STATE}&error=access_denied`;
    assert.deepEqual(readPasted(text, STATE), { kind: 'refused', error: 'access_denied' });
  });
});

describe('the request for consent', () => {
  const secrets = newSignInSecrets(randomBytes);
  const request = { clientId: 'me', redirectUri: 'http://127.0.0.1:5', secrets };

  it('the request for consent asks Google for the four permissions, with PKCE S256, offline, and nothing of Drive', () => {
    const url = new URL(authorizationUrl(request));
    assert.equal(url.origin + url.pathname, 'https://accounts.google.com/o/oauth2/v2/auth');
    const challenge = createHash('sha256').update(secrets.verifier).digest('base64url');
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      client_id: 'me',
      redirect_uri: 'http://127.0.0.1:5',
      response_type: 'code',
      scope: PERMISSIONS.map(({ scope }) => scope).join(' '),
      state: secrets.state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      access_type: 'offline',
      prompt: 'consent',
    });
    assert.deepEqual(
      PERMISSIONS.map(({ scope }) => scope.replace('https://www.googleapis.com/auth/', '')),
      [
        'photoslibrary.readonly.appcreateddata',
        'photoslibrary.appendonly',
        'photoslibrary.edit.appcreateddata',
        'photospicker.mediaitems.readonly',
      ],
    );
    assert.doesNotMatch(url.href, /drive/);
  });

  it('the request for consent goes to Google or this machine only', () => {
    assert.match(authorizationUrl({ ...request, authUrl: 'http://127.0.0.1:1/auth' }), /^http:\/\/127/);
    assert.throws(() => authorizationUrl({ ...request, authUrl: 'https://accounts.google.com.evil.example/' }), {
      name: 'UserError',
      exitCode: 78,
    });
  });

  it('the request for consent has secrets of 256 bits that differ each time', () => {
    assert.match(secrets.verifier, /^[\w-]{43}$/);
    assert.match(secrets.state, /^[\w-]{43}$/);
    assert.notEqual(secrets.state, secrets.verifier);
    assert.notEqual(newSignInSecrets(randomBytes).state, secrets.state);
    assert.ok(sameSecret(secrets.state, secrets.state));
    assert.ok(!sameSecret(secrets.state, `${secrets.state}x`));
  });
});
