import { createHash } from 'node:crypto';
import type { Call, Route } from './call.js';
import { Refusal } from './api-errors.js';
import { SCOPES, type Grant, type OAuthState } from './oauth-state.js';
import { bytes, html, json, type Reply } from './reply.js';

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
    if (code.challenge !== undefined) {
      if (verifier === null) throw refuse(400, 'invalid_grant', 'Missing code verifier.');
      const proof = code.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
      if (proof !== code.challenge) throw refuse(400, 'invalid_grant', 'Invalid code verifier.');
    }
    return tokens(code.grant, true);
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
    { name: 'oauth.auth', methods: ['GET'], path: /^\/o\/oauth2\/v2\/auth$/, handle: (call) => authorize(oauth, call) },
  ];
}

/** The consent page with a person who answers at once. Errors stay in the browser: the app hears nothing of them. */
function authorize(oauth: OAuthState, { url }: Call): Reply {
  const query = url.searchParams;
  const asked = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  const redirect = query.get('redirect_uri') ?? '';
  if (query.get('client_id') !== oauth.client.id) return html(401, 'Error 401: invalid_client');
  if (query.get('response_type') !== 'code' || asked.length === 0) return html(400, 'Error 400: invalid_request');
  const known: readonly string[] = Object.values(SCOPES);
  if (asked.some((scope) => scope.includes('/auth/') && !known.includes(scope)))
    return html(400, 'Error 400: invalid_scope');
  if (!/^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?(\/.*)?$/.test(redirect))
    return html(400, 'Error 400: redirect_uri_mismatch');

  const back = new URL(redirect);
  const state = query.get('state');
  if (state !== null) back.searchParams.set('state', state);
  const { consent } = oauth;
  if (consent === 'deny') back.searchParams.set('error', 'access_denied');
  else {
    const scopes = consent === 'allow' ? asked : asked.filter((scope) => consent.scopes.includes(scope));
    const challenge = query.get('code_challenge') ?? undefined;
    const method = query.get('code_challenge_method') ?? 'plain';
    const code = oauth.newCode({ grant: oauth.newGrant(scopes), redirectUri: redirect, challenge, method });
    back.searchParams.set('code', code);
    back.searchParams.set('scope', scopes.join(' '));
  }
  return bytes(302, 'text/html; charset=UTF-8', '', { Location: back.href });
}
