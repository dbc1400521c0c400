import type { Call, Route } from './call.js';
import { SCOPES, type FailurePage, type OAuthState } from './oauth-state.js';
import { bytes, type Reply } from './reply.js';

/** Of all pages. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ground:#f0f4f9;--card:#fff;--text:#1f1f1f;--line:#dadce0;--blue:#0b57d0;--on-blue:#fff}
@media(prefers-color-scheme:dark){:root{--ground:#1e1f20;--card:#0e0e0e;--text:#e3e3e3;--line:#444746;--blue:#a8c7fa;--on-blue:#062e6f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;padding:24px 16px;display:flex;justify-content:center;align-items:center;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:560px;padding:32px 24px;border-radius:20px;background:var(--card);overflow-wrap:anywhere}
h1{font-size:24px;font-weight:500;line-height:1.3;margin:0 0 16px}
label{display:flex;gap:12px;padding:12px 0;border-top:1px solid var(--line)}
label input{flex:none;width:18px;height:18px;margin:3px 0 0;accent-color:var(--blue)}
.buttons{display:flex;gap:12px;justify-content:flex-end;margin:24px 0 0}
button{font:inherit;padding:9px 22px;border-radius:20px;border:1px solid var(--line);background:none;color:var(--blue);cursor:pointer}
button.main{background:var(--blue);border-color:var(--blue);color:var(--on-blue)}
a,summary{color:var(--blue)}
`;

const PATH = /^\/o\/oauth2\/v2\/auth$/;

/** Google's words for its pages. */
const PAGES: Readonly<Record<FailurePage, { readonly status: number; readonly text: string }>> = {
  redirect_uri_mismatch: {
    status: 400,
    text: "Access blocked: This app's request is invalid. Error 400: redirect_uri_mismatch",
  },
  invalid_client: { status: 401, text: 'The OAuth client was not found. Error 401: invalid_client' },
  deleted_client: { status: 401, text: 'The OAuth client was deleted. Error 401: deleted_client' },
  org_internal: { status: 403, text: 'photos is restricted to users within its organization. Error 403: org_internal' },
  admin_policy_enforced: {
    status: 400,
    text: "Access blocked: Your institution's admin needs to review this app. Error 400: admin_policy_enforced",
  },
  policy_enforced: { status: 400, text: 'Access blocked: Advanced Protection. Error 400: policy_enforced' },
  disallowed_useragent: {
    status: 403,
    text: 'Access blocked: the browser is not secure. Error 403: disallowed_useragent',
  },
  invalid_request: { status: 400, text: 'Access blocked: Authorization Error. Error 400: invalid_request' },
  not_a_tester: {
    status: 403,
    text: 'Access blocked: photos has not completed the Google verification process. The app is currently being tested. Error 403: access_denied',
  },
};

/** All pages on which Google ends a sign-in. */
export const FAILURE_PAGES = Object.keys(PAGES) as readonly FailurePage[];

/** The consent page: by a person who answers at once, or one to be driven by a browser. */
export function consentRoutes(oauth: OAuthState): Route[] {
  return [
    { name: 'oauth.auth', methods: ['GET'], path: PATH, handle: ({ url }) => authorize(oauth, url.searchParams) },
    { name: 'oauth.consent', methods: ['POST'], path: PATH, handle: (call) => decided(oauth, call) },
  ];
}

function authorize(oauth: OAuthState, query: URLSearchParams): Reply {
  const wrong = faultOf(oauth, query);
  if (wrong !== undefined) return wrong;
  const asked = scopesOf(query);
  const { consent } = oauth;
  if (!oauth.verified && query.get('warned') !== 'yes') return unverifiedPage(query);
  if (consent === 'ask') return consentPage(query, asked);
  if (consent === 'deny') return back(query, { error: 'access_denied' });
  if (consent === 'allow') return granted(oauth, query, asked);
  if ('page' in consent) return failure(consent.page);
  return granted(
    oauth,
    query,
    asked.filter((scope) => consent.scopes.includes(scope)),
  );
}

/** What keeps Google from asking for consent at all; the program hears nothing of it. */
function faultOf(oauth: OAuthState, query: URLSearchParams): Reply | undefined {
  const asked = scopesOf(query);
  const redirect = query.get('redirect_uri') ?? '';
  if (oauth.clientDeleted) return failure('deleted_client');
  if (query.get('client_id') !== oauth.client.id) return failure('invalid_client');
  if (query.get('response_type') !== 'code' || asked.length === 0) return failure('invalid_request');
  if (asked.some((scope) => scope.includes('/auth/drive'))) return failure('invalid_request');
  if (asked.some((scope) => scope.includes('/auth/') && !(Object.values(SCOPES) as string[]).includes(scope)))
    return page(400, 'Error 400: invalid_scope');
  const method = query.get('code_challenge_method') ?? 'plain';
  if (!['plain', 'S256'].includes(method) || !/^[\w.~-]{43,128}$|^$/.test(query.get('code_challenge') ?? ''))
    return failure('invalid_request');
  const { clientType } = oauth;
  const fits =
    clientType === 'desktop'
      ? /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?(\/.*)?$/.test(redirect)
      : clientType.redirectUris.includes(redirect);
  return fits ? undefined : failure('redirect_uri_mismatch');
}

async function decided(oauth: OAuthState, call: Call): Promise<Reply> {
  const form = new URLSearchParams((await call.body()).toString('utf8'));
  const query = new URLSearchParams(form.get('request') ?? '');
  const wrong = faultOf(oauth, query);
  if (wrong !== undefined) return wrong;
  if (form.get('decision') !== 'continue') return back(query, { error: 'access_denied' });
  const ticked = form.getAll('scope');
  return granted(
    oauth,
    query,
    scopesOf(query).filter((scope) => ticked.includes(scope)),
  );
}

function granted(oauth: OAuthState, query: URLSearchParams, scopes: readonly string[]): Reply {
  const isForced = (query.get('prompt') ?? '').split(' ').includes('consent');
  const code = oauth.newCode({
    grant: oauth.newGrant(scopes),
    redirectUri: query.get('redirect_uri') ?? '',
    challenge: query.get('code_challenge') ?? undefined,
    method: query.get('code_challenge_method') ?? 'plain',
    withRefreshToken: query.get('access_type') === 'offline' && (isForced || oauth.consents === 0),
  });
  oauth.consents += 1;
  return back(query, { code, scope: scopes.join(' ') });
}

function back(query: URLSearchParams, members: Readonly<Record<string, string>>): Reply {
  const url = new URL(query.get('redirect_uri') ?? '');
  const state = query.get('state');
  if (state !== null) url.searchParams.set('state', state);
  for (const [name, value] of Object.entries(members)) url.searchParams.set(name, value);
  return bytes(302, 'text/html; charset=UTF-8', '', { Location: url.href });
}

function consentPage(query: URLSearchParams, asked: readonly string[]): Reply {
  const boxes = asked.map(
    (scope) =>
      `<label><input type="checkbox" name="scope" value="${escaped(scope)}"><span>${escaped(scope)}</span></label>`,
  );
  return page(
    200,
    `<h1>photos wants access to your Google Account</h1><form method="post" action="/o/oauth2/v2/auth">` +
      `<input type="hidden" name="request" value="${escaped(query.toString())}">${boxes.join('')}` +
      '<p class="buttons"><button name="decision" value="cancel">Cancel</button><button class="main" name="decision" value="continue">Continue</button></p></form>',
  );
}

function unverifiedPage(query: URLSearchParams): Reply {
  const onward = new URLSearchParams([...query, ['warned', 'yes']]);
  return page(
    200,
    '<h1>Google hasn\u2019t verified this app</h1><p>The app is requesting access to sensitive info in your Google Account.</p>' +
      `<details><summary>Advanced</summary><a href="?${escaped(onward.toString())}">Go to photos (unsafe)</a></details>`,
  );
}

function failure(name: FailurePage): Reply {
  const { status, text } = PAGES[name];
  return page(status, escaped(text));
}

function page(status: number, content: string): Reply {
  return bytes(
    status,
    'text/html; charset=UTF-8',
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">' +
      `<title>Sign in - Google Accounts</title><style>${PAGE_STYLE}</style></head><body><main>${content}</main></body></html>`,
  );
}

function scopesOf(query: URLSearchParams): string[] {
  return (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
