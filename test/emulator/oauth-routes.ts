import { createHash } from 'node:crypto';
import type { Call, Route } from './call.js';
import { Refusal } from './api-errors.js';
import { consentRoutes } from './consent-page.js';
import type { Grant, OAuthState } from './oauth-state.js';
import { json, type Reply } from './reply.js';

function refuse(status: number, error: string, description: string): Refusal {
  return new Refusal(json({ error, error_description: description }, status));
}

async function form(call: Call): Promise<URLSearchParams> {
  const fields = new URLSearchParams((await call.body()).toString('utf8'));
  for (const [name, value] of call.url.searchParams) if (!fields.has(name)) fields.append(name, value);
  return fields;
}

function bearer(call: Call): string | undefined {
  return /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
}

/** Google's token endpoint and its neighbours: flat error bodies, not the envelope of the APIs. */
export function oauthRoutes(oauth: OAuthState, now: () => number): Route[] {
  const checkClient = (fields: URLSearchParams, call: Call): void => {
    const basic = /^Basic (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
    const [basicId, basicSecret] = Buffer.from(basic ?? '', 'base64')
      .toString('utf8')
      .split(':')
      .map(decodeURIComponent);
    const id = fields.get('client_id') ?? basicId;
    const secret = fields.get('client_secret') ?? basicSecret;
    if (oauth.clientDeleted) throw refuse(401, 'deleted_client', 'The OAuth client was deleted.');
    if (id !== oauth.client.id) throw refuse(401, 'invalid_client', 'The OAuth client was not found.');
    if (secret !== oauth.client.secret) throw refuse(401, 'invalid_client', 'Unauthorized');
  };

  const tokens = (grant: Grant, withRefreshToken: boolean): Reply => {
    const access = oauth.issueAccessToken(grant);
    return json({
      access_token: access.token,
      expires_in: Math.round((access.expiresAt - now()) / 1000),
      ...(withRefreshToken ? { refresh_token: grant.refreshToken } : {}),
      scope: grant.scopes.join(' '),
      token_type: 'Bearer',
      ...(oauth.grantLifetimeMs === undefined
        ? {}
        : { refresh_token_expires_in: Math.floor((grant.grantedAt + oauth.grantLifetimeMs - now()) / 1000) }),
    });
  };

  const refresh = (fields: URLSearchParams): Reply => {
    const grant = oauth.grantOf(fields.get('refresh_token') ?? '');
    if (grant === undefined) throw refuse(400, 'invalid_grant', 'Bad Request');
    if (oauth.isDead(grant)) throw refuse(400, 'invalid_grant', 'Token has been expired or revoked.');
    return tokens(grant, false);
  };

  const exchange = (fields: URLSearchParams): Reply => {
    const text = fields.get('code') ?? '';
    if (!text.startsWith('4/')) throw refuse(400, 'invalid_grant', 'Malformed auth code.');
    const code = oauth.takeCode(text);
    if (code === undefined) throw refuse(400, 'invalid_grant', 'Bad Request');
    if (fields.get('redirect_uri') !== code.redirectUri) throw refuse(400, 'redirect_uri_mismatch', 'Bad Request');
    const verifier = fields.get('code_verifier');
    if (code.challenge === undefined && verifier !== null) throw refuse(400, 'invalid_grant', 'Invalid code verifier.');
    if (code.challenge !== undefined) {
      if (verifier === null) throw refuse(400, 'invalid_grant', 'Missing code verifier.');
      const proof = code.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
      if (proof !== code.challenge) throw refuse(400, 'invalid_grant', 'Invalid code verifier.');
    }
    return tokens(code.grant, code.withRefreshToken);
  };

  return [
    {
      name: 'oauth.token',
      methods: ['POST'],
      path: /^\/token$/,
      handle: async (call) => {
        const fields = await form(call);
        checkClient(fields, call);
        const type = fields.get('grant_type') ?? '';
        if (type === 'refresh_token') return refresh(fields);
        if (type === 'authorization_code') return exchange(fields);
        throw refuse(400, 'unsupported_grant_type', `Invalid grant_type: ${type}`);
      },
    },
    {
      name: 'oauth.tokeninfo',
      methods: ['GET', 'POST'],
      path: /^\/tokeninfo$/,
      handle: async (call) => {
        const access = oauth.accessOf((await form(call)).get('access_token') ?? bearer(call) ?? '');
        if (access === undefined) throw refuse(400, 'invalid_token', 'Invalid Value');
        return json({
          azp: oauth.client.id,
          aud: oauth.client.id,
          scope: access.grant.scopes.join(' '),
          exp: String(Math.floor(access.expiresAt / 1000)),
          expires_in: String(Math.floor((access.expiresAt - now()) / 1000)),
          access_type: 'offline',
        });
      },
    },
    {
      name: 'oauth.revoke',
      methods: ['POST', 'GET'],
      path: /^\/revoke$/,
      handle: async (call) => {
        if (oauth.revoke((await form(call)).get('token') ?? '')) return json({});
        throw refuse(400, 'invalid_token', 'Token expired or revoked');
      },
    },
    ...consentRoutes(oauth),
  ];
}
