import { isLoopback, parseWebUrl } from '../support/loopback.js';
import { ExitCode, UserError } from '../support/user-error.js';

export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';

/**
 * Where refresh tokens may be sent: to Google, or to this machine.
 * @throws UserError (config) for any other address.
 */
export function checkedTokenUrl(text: string): string {
  const url = parseWebUrl(text);
  if (url !== undefined && (url.href === GOOGLE_TOKEN_URL || isLoopback(url))) return url.href;
  throw new UserError(
    ExitCode.config,
    'The address that access tokens come from is neither that of Google nor one on this machine.',
    'Unset GPHOTOS_TOKEN_URL, or point it at a loopback address.',
  );
}
