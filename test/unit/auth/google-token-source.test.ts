import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import type { Credentials } from '../../../src/auth/credentials.js';
import { createTokenSource } from '../../../src/auth/google-token-source.js';
import type { SignInDeps } from '../../../src/auth/sign-in.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { InstantClock } from '../remote/instant-clock.js';

const credentials: Credentials = {
  clientId: 'canary-id',
  clientSecret: 'canary-secret',
  refreshToken: 'canary-refresh',
};

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

function granted(token: string, more: object = {}): Reply {
  return { status: 200, body: { access_token: token, expires_in: 3599, token_type: 'Bearer', ...more } };
}

const refusedGrant: Reply = {
  status: 400,
  body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
};

/** A token endpoint that gives these answers, the last one for ever. */
function sourceWith(replies: readonly (Reply | Error)[], more: Partial<SignInDeps> = {}) {
  const clock = new InstantClock();
  const forms: URLSearchParams[] = [];
  const urls: string[] = [];
  const token = createTokenSource(credentials, {
    exchange: async (url, form) => {
      urls.push(url);
      forms.push(new URLSearchParams(form));
      await new Promise((resolve) => setImmediate(resolve));
      const reply = replies[Math.min(forms.length, replies.length) - 1];
      if (reply === undefined || reply instanceof Error) throw reply ?? new Error('no reply');
      const { status, body } = reply;
      return { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
    },
    clock,
    random: () => 0,
    ...more,
  });
  return { token, clock, forms, urls };
}

describe('the token source', () => {
  for (const value of ['10.0.0.1:3128', 'proxy.example', 'socks5://127.0.0.1:1'])
    it(`the token source leaves the proxy variables to the HTTP client: HTTPS_PROXY=${value} makes no difference to it`, async () => {
      const before = process.env['HTTPS_PROXY'];
      process.env['HTTPS_PROXY'] = value;
      try {
        assert.equal(await sourceWith([granted('one')]).token(), 'one');
      } finally {
        if (before === undefined) delete process.env['HTTPS_PROXY'];
        else process.env['HTTPS_PROXY'] = before;
      }
    });

  it('the token source exchanges the refresh token at the endpoint of Google', async () => {
    const { token, forms, urls } = sourceWith([granted('one')]);
    assert.equal(await token(), 'one');
    assert.deepEqual(urls, ['https://oauth2.googleapis.com/token']);
    assert.deepEqual(Object.fromEntries(forms[0] ?? []), {
      refresh_token: 'canary-refresh',
      client_id: 'canary-id',
      client_secret: 'canary-secret',
      grant_type: 'refresh_token',
    });
  });

  it('the token source asks once for all who wait, and not again before the token is nearly over', async () => {
    const { token, clock, forms } = sourceWith([granted('one'), granted('two')]);
    assert.deepEqual(await Promise.all([token(), token(), token()]), ['one', 'one', 'one']);
    clock.advance(3_200_000);
    assert.equal(await token(), 'one');
    assert.equal(forms.length, 1);
    clock.advance(100_000);
    assert.equal(await token(), 'two');
    assert.equal(forms.length, 2);
  });

  it('the token source gives another token for a refused one, once for all who were refused', async () => {
    const { token, forms } = sourceWith([granted('one'), granted('two')]);
    const first = await token();
    assert.deepEqual(await Promise.all([token(first), token(first)]), ['two', 'two']);
    assert.equal(await token(first), 'two');
    assert.equal(forms.length, 2);
  });

  it('the token source keeps the refresh token where none comes, and stores one that does', async () => {
    const stored: string[] = [];
    const { token, forms } = sourceWith(
      [granted('one'), granted('two', { refresh_token: 'newer' }), granted('three')],
      {
        store: (refreshToken) => {
          stored.push(refreshToken);
          return Promise.resolve();
        },
      },
    );
    for (const refused of [undefined, 'one', 'two']) await token(refused);
    assert.deepEqual(
      forms.map((form) => form.get('refresh_token')),
      ['canary-refresh', 'canary-refresh', 'newer'],
    );
    assert.deepEqual(stored, ['newer']);
  });

  it('the token source goes on with a new refresh token that cannot be stored, and reports it', async () => {
    const reports: string[] = [];
    const { token } = sourceWith([granted('one', { refresh_token: 'newer' })], {
      store: () => Promise.reject(new Error('disk full')),
      report: (message) => reports.push(message),
    });
    assert.equal(await token(), 'one');
    assert.match(reports.join(), /could not be kept/);
  });

  it('the token source does not try a dead refresh token again', async () => {
    const { token, forms } = sourceWith([refusedGrant]);
    for (let call = 0; call < 3; call++) await assert.rejects(token(), { kind: 'signed-out', reason: 'invalid_grant' });
    assert.equal(forms.length, 1);
  });

  it('the token source takes up a new sign-in by itself, looking for it every two seconds at most', async () => {
    let found = credentials;
    let looked = 0;
    const { token, clock, forms } = sourceWith([refusedGrant, granted('alive')], {
      reload: () => {
        looked++;
        return Promise.resolve(found);
      },
    });
    for (let call = 0; call < 3; call++) await assert.rejects(token(), { kind: 'signed-out' });
    assert.deepEqual([looked, forms.length], [1, 1]);
    found = { ...credentials, refreshToken: 'fresh' };
    clock.advance(2_000);
    assert.equal(await token(), 'alive');
    assert.equal(forms[1]?.get('refresh_token'), 'fresh');
  });

  it('the token source tries three times where Google is away, waiting longer each time', async () => {
    const { token, clock, forms } = sourceWith([{ status: 503, body: '<html>' }]);
    await assert.rejects(token(), { kind: 'server' });
    assert.equal(forms.length, 3);
    assert.deepEqual(clock.sleeps, [1_000, 2_000]);
  });

  it('the token source passes on that there is no network, and works again when there is', async () => {
    const { token, forms } = sourceWith([new RemoteError('offline', 'no network'), granted('one')]);
    await assert.rejects(token(), { kind: 'offline' });
    assert.equal(await token(), 'one');
    assert.equal(forms.length, 2);
  });

  it('the token source goes on with the token it has while renewing fails and that one lives', async () => {
    const { token, clock } = sourceWith([granted('one'), new RemoteError('offline', 'no network')]);
    await token();
    clock.advance(3_400_000);
    assert.equal(await token(), 'one');
    await assert.rejects(token('one'), { kind: 'offline' });
    clock.advance(200_000);
    await assert.rejects(token(), { kind: 'offline' });
  });

  const rows: readonly (readonly [string, Reply, string, RegExp])[] = [
    ['an expired or revoked sign-in', refusedGrant, 'signed-out', /7 days.*6 months/],
    [
      'the same some hours later',
      { status: 400, body: { error: 'invalid_grant', error_description: 'Bad Request' } },
      'signed-out',
      /gphotos-mount login/,
    ],
    [
      'session control',
      {
        status: 400,
        body: { error: 'invalid_grant', error_subtype: 'invalid_rapt', error_description: 'reauth related error' },
      },
      'signed-out',
      /gphotos-mount login/,
    ],
    [
      'a wrong secret',
      { status: 401, body: { error: 'invalid_client', error_description: 'Unauthorized' } },
      'signed-out',
      /client secret/,
    ],
    [
      'an unknown client',
      { status: 401, body: { error: 'invalid_client', error_description: 'The OAuth client was not found.' } },
      'signed-out',
      /client id/,
    ],
    [
      'a deleted client',
      { status: 401, body: { error: 'deleted_client', error_description: 'The OAuth client was deleted.' } },
      'signed-out',
      /30 days/,
    ],
    [
      'the token of another client',
      { status: 401, body: { error: 'unauthorized_client', error_description: 'Unauthorized' } },
      'signed-out',
      /client file/,
    ],
    ['an administrator', { status: 400, body: { error: 'admin_policy_enforced' } }, 'signed-out', /administrator/],
    ['a word unknown to us', { status: 400, body: { error: 'brand_new' } }, 'signed-out', /gphotos-mount login/],
    ['too many requests', { status: 429, body: '' }, 'rate-limited', /^$/],
    ['HTML with 200', { status: 200, body: '<html>hotel</html>' }, 'protocol', /browser/],
    ['a redirect', { status: 302, body: '' }, 'protocol', /browser/],
    ['a token that is none', { status: 200, body: { access_token: 5 } }, 'protocol', /./],
  ];
  for (const [what, reply, kind, hint] of rows) {
    it(`the token source has a sentence for ${what}`, async () => {
      const { token } = sourceWith([reply]);
      await assert.rejects(token(), (error: unknown) => {
        assert.ok(error instanceof RemoteError);
        assert.equal(error.kind, kind);
        assert.match(error.hint ?? '', hint);
        return true;
      });
    });
  }

  it('the token source shows no secret in any error, however deep one looks', async () => {
    const echo = { error: 'canary-secret', error_description: 'canary-refresh canary-id canary-access' };
    const replies: (Reply | Error)[] = [
      { status: 400, body: echo },
      { status: 500, body: echo },
      { status: 200, body: 'canary-access' },
      { status: 400, body: { ...echo, error: 'invalid_grant' } },
      new Error('exchange with canary-secret'),
    ];
    for (const reply of replies) {
      const error: unknown = await sourceWith([reply])
        .token()
        .then(String, (thrown: unknown) => thrown);
      assert.ok(error instanceof RemoteError);
      assert.doesNotMatch(inspect(error, { depth: Infinity, showHidden: true }), /canary/);
    }
  });

  it('the token source sends refresh tokens to Google and to this machine, and to no other host', () => {
    for (const tokenUrl of ['http://127.0.0.1:1/token', 'https://oauth2.googleapis.com/token'])
      assert.doesNotThrow(() => sourceWith([], { tokenUrl }));
    for (const tokenUrl of [
      'https://oauth2.googleapis.com.evil.example/token',
      'http://oauth2.googleapis.com/token',
      'http://192.168.0.1/',
      '',
    ])
      assert.throws(() => sourceWith([], { tokenUrl }), { name: 'UserError', exitCode: 78 });
  });
});
