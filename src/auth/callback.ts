import { sameSecret } from './authorization-request.js';

/** What a browser brought back from the consent page. */
export type Callback =
  | { readonly kind: 'code'; readonly code: string }
  /** Google's word for why not, such as `access_denied`. */
  | { readonly kind: 'refused'; readonly error: string }
  /** Nothing to act on: `why` completes "The request was refused: it ...". */
  | { readonly kind: 'wrong'; readonly why: string };

const LONGEST_CODE = 2048;

/** Reads the query of a redirect back from the consent page; `state` is the one that was sent there. */
export function readCallback(query: URLSearchParams, state: string): Callback {
  for (const name of ['state', 'code', 'error'])
    if (query.getAll(name).length > 1) return { kind: 'wrong', why: `says its ${name} twice` };
  const given = query.get('state');
  if (given === null) return { kind: 'wrong', why: 'has no state' };
  if (!sameSecret(given, state)) return { kind: 'wrong', why: 'has the state of another sign-in' };
  const error = query.get('error');
  if (error !== null) return { kind: 'refused', error: /^[a-z_]{1,60}$/.test(error) ? error : 'unknown' };
  const code = query.get('code') ?? '';
  if (!isCode(code)) return { kind: 'wrong', why: 'has no authorization code' };
  return { kind: 'code', code };
}

/**
 * Reads what a person pasted: the URL that the browser ended on, its query, or the bare code. A bare code has no state:
 * then only PKCE shows that it belongs to this sign-in.
 */
export function readPasted(text: string, state: string): Callback {
  const clean = text.trim().replace(/^["'<]|["'>]$/g, '');
  if (URL.canParse(clean) && /^https?:/.test(clean)) {
    const { searchParams } = new URL(clean);
    if (!searchParams.has('code') && !searchParams.has('error'))
      return { kind: 'wrong', why: 'has no authorization code: copy the address after you agreed' };
    return readCallback(searchParams, state);
  }
  if (/[?&]?(?:code|state)=/.test(clean)) return readCallback(new URLSearchParams(clean.replace(/^.*\?/, '')), state);
  const code = clean.includes('%') ? decoded(clean) : clean;
  return isCode(code) && code.startsWith('4/')
    ? { kind: 'code', code }
    : { kind: 'wrong', why: 'is neither an address nor an authorization code (which begins with 4/)' };
}

function isCode(code: string): boolean {
  return code !== '' && code.length <= LONGEST_CODE && /^[\x21-\x7e]+$/.test(code);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
