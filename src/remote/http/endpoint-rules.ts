import { isLoopback, parseWebUrl } from '../../support/loopback.js';
import { ExitCode, UserError } from '../../support/user-error.js';

export const GOOGLE_LIBRARY_URL = 'https://photoslibrary.googleapis.com/';

/** Suffixes of Google's media hosts. The dot is included, so that `evilgoogleusercontent.com` does not match. */
const MEDIA_HOSTS = ['.googleusercontent.com', '.googlevideo.com'];

/**
 * The root of the Library API, ending in a slash: Google's, or one on this machine.
 * @throws UserError (config) for any other, because the access token goes there.
 */
export function libraryRoot(text: string): URL {
  const url = parseWebUrl(text.endsWith('/') ? text : `${text}/`);
  if (url !== undefined && (url.href === GOOGLE_LIBRARY_URL || isLoopback(url))) return url;
  throw new UserError(
    ExitCode.config,
    'The address of the Library API is neither that of Google nor one on this machine.',
    'Unset GPHOTOS_LIBRARY_URL, or point it at a loopback address such as http://127.0.0.1:8080/.',
  );
}

/** Parses a base URL. Undefined unless it is https on a media host of Google, or on this machine if that is allowed. */
export function mediaUrl(text: string, allowLoopback: boolean): URL | undefined {
  const url = parseWebUrl(text);
  if (url === undefined) return undefined;
  if (isLoopback(url)) return allowLoopback ? url : undefined;
  const isGoogle = MEDIA_HOSTS.some((suffix) => url.hostname.endsWith(suffix));
  return isGoogle && url.protocol === 'https:' && url.port === '' ? url : undefined;
}

export const GOOGLE_PICKER_URL = 'https://photospicker.googleapis.com/';

/**
 * The root of the Picker API, ending in a slash: Google's, or one on this machine.
 * @throws UserError (config) for any other, because the access token goes there.
 */
export function pickerRoot(text: string | undefined): URL {
  const wanted = text ?? GOOGLE_PICKER_URL;
  const url = parseWebUrl(wanted.endsWith('/') ? wanted : `${wanted}/`);
  if (url !== undefined && (url.href === GOOGLE_PICKER_URL || isLoopback(url))) return url;
  throw new UserError(
    ExitCode.config,
    'The address of the Picker API is neither that of Google nor one on this machine.',
    'Unset GPHOTOS_PICKER_URL, or point it at a loopback address.',
  );
}
