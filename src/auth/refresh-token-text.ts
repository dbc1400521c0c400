import { objectIn } from './json-object.js';

/** What a text that should be a refresh token is: the token in it, or the name of what it is instead. */
export type RefreshTokenText =
  | { readonly token: string }
  /** `what` completes "This is …"; undefined where the text is nothing known. */
  | { readonly what: string | undefined; readonly hint: string | undefined };

const CODE_HINT =
  'A code serves once and within minutes. Sign in in one go: gphotos-mount login --no-browser, then paste the address.';
const JSON_HINT = 'Give the value of "refresh_token"; where there is none, run: gphotos-mount login';

/** What Google gives out besides refresh tokens, by the look of it. */
const KNOWN: readonly (readonly [look: RegExp, what: string, hint: string])[] = [
  [/^ya29\./, 'an access token, which ends after an hour', JSON_HINT],
  [/^4\/|^4%2F/i, 'the one-time code of the consent page', CODE_HINT],
  [/^https?:\/\/\S*[?&]code=/, 'an address with the one-time code of the consent page', CODE_HINT],
  [/^https?:\/\//, 'an address of the web', JSON_HINT],
  [/^GOCSPX-/, 'a client secret', 'It belongs to the OAuth client. Sign in with that client: gphotos-mount login'],
  [
    /^[\w-]+\.apps\.googleusercontent\.com$/,
    'the id of an OAuth client',
    'Sign in with that client: gphotos-mount login',
  ],
  [/^AIza/, 'an API key, which opens no photos', 'Sign in: gphotos-mount login'],
  [/^eyJ[\w-]*\./, 'an identity token (JWT)', JSON_HINT],
  [/^-----BEGIN/, 'a key or a certificate', JSON_HINT],
];

/**
 * Finds the refresh token in pasted text: alone, in quotes, after `Bearer` or a name such as `refresh_token=`, in JSON,
 * or in the configuration of rclone (the line `token = {…}` or a whole section). The text is never part of the words of
 * the result.
 */
export function readRefreshToken(text: string): RefreshTokenText {
  const inJson = inJsonText(text);
  if (inJson !== undefined) return inJson;
  const bare = unwrapped(text);
  for (const [look, what, hint] of KNOWN) if (look.test(bare)) return { what, hint };
  // A token copied out of a web address.
  const token = /^1%2F%2F/i.test(bare) ? bare.replace(/%2F/gi, '/') : bare;
  return /^[\x21-\x7e]{10,2048}$/.test(token) && !/["'{}<>]/.test(token)
    ? { token }
    : { what: undefined, hint: undefined };
}

/** Without quotes, a name and a sign before it, `Bearer`, and a comma behind it, whatever their order. */
function unwrapped(text: string): string {
  let bare = text;
  for (let before = ''; before !== bare;) {
    before = bare;
    bare = bare
      .trim()
      .replace(/^(["'`“”‘’])(.*)["'`“”‘’]$/s, '$2')
      .replace(/^(?:export\s+)?(["']?)[A-Z_]*(?:refresh_?token|token)\1\s*[:=]\s*/i, '')
      .replace(/^(?:authorization:\s*)?bearer\s+/i, '')
      .replace(/[,;]$/, '');
  }
  return bare;
}

function inJsonText(text: string): RefreshTokenText | undefined {
  const from = text.indexOf('{');
  const to = text.lastIndexOf('}');
  if (from < 0 || to < from) return undefined;
  const piece = text.slice(from, to + 1);
  // As it stands in a string of JSON or of a shell.
  const json = objectIn(piece) ?? objectIn(piece.replace(/\\(["\\])/g, '$1'));
  if (json === undefined) return { what: 'JSON that is damaged or cut off', hint: JSON_HINT };
  return inObject(json, 3) ?? { what: 'JSON without a refresh token', hint: JSON_HINT };
}

function inObject(json: Readonly<Record<string, unknown>>, depth: number): RefreshTokenText | undefined {
  const token = json['refresh_token'] ?? json['refreshToken'];
  if (typeof token === 'string' && token !== '') return readRefreshToken(token);
  if ('private_key' in json)
    return { what: 'the key of a service account, which opens no photos', hint: 'Sign in: gphotos-mount login' };
  if ('client_secret' in json)
    return {
      what: 'the file of an OAuth client',
      hint: 'Sign in with that client: gphotos-mount login FILE',
    };
  for (const value of Object.values(json)) {
    const inner = typeof value === 'string' && value.trimStart().startsWith('{') ? objectIn(value) : value;
    if (depth === 0 || typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    const found = inObject(inner as Record<string, unknown>, depth - 1);
    if (found !== undefined) return found;
  }
  if ('access_token' in json || 'accessToken' in json)
    return { what: 'JSON with an access token and no refresh token', hint: JSON_HINT };
  return undefined;
}
