import { RemoteError } from '../library/remote-error.js';
import { AUDIENCE_PAGE, CLIENTS_PAGE, inProject, LIBRARY_API_PAGE, PICKER_API_PAGE } from './console-pages.js';

interface Words {
  readonly message: string;
  readonly hint: string;
}

const AGAIN = 'Run gphotos-mount login again';

/** What the consent page sends back instead of a code, or shows in the browser only. */
const CONSENT_REFUSALS: Readonly<Record<string, Words>> = {
  access_denied: {
    message: 'Access was not allowed on the consent page.',
    hint:
      `${AGAIN} and press "Continue". If Google said that the app is being tested, publish it at ${AUDIENCE_PAGE} ` +
      'or add the account to its test users.',
  },
  admin_policy_enforced: {
    message: 'The administrator of this account does not allow access to Google Photos.',
    hint: 'Ask the administrator to trust your OAuth client, or sign in with a private account.',
  },
  org_internal: {
    message: 'The OAuth client is for the members of one organisation only.',
    hint: `Make the audience "External" at ${AUDIENCE_PAGE}, or sign in with an account of that organisation.`,
  },
  invalid_scope: {
    message: 'Google does not let this project ask for the permissions of Google Photos.',
    hint:
      `Switch on both APIs in the project (${LIBRARY_API_PAGE} and ${PICKER_API_PAGE}), wait some minutes, ` +
      'then run: gphotos-mount login',
  },
  server_error: { message: 'Google could not show the consent page just now.', hint: `${AGAIN} in some minutes.` },
  temporarily_unavailable: {
    message: 'Google could not show the consent page just now.',
    hint: `${AGAIN} in some minutes.`,
  },
};

/** The error for a word such as `access_denied` that came back instead of a code. */
export function consentRefusal(error: string, clientId: string): RemoteError {
  const words = CONSENT_REFUSALS[error] ?? {
    message: `Google did not give access: ${error}.`,
    hint: `${AGAIN}; look at what the page in the browser says.`,
  };
  return new RemoteError('signed-out', words.message, { reason: error, hint: inProject(words.hint, clientId) });
}

/** The meaning of error pages that Google shows in the browser only, by the words on the page. */
export function silentPages(clientId: string): string[] {
  return SILENT_PAGES.map(({ seen, means }) => inProject(`${seen}: ${means}`, clientId));
}

/** Shown before Google shows its warning. An app for personal use needs no verification. */
export const UNVERIFIED =
  'Google warns that it "hasn\'t verified this app". It is your own: press "Advanced", then "Go to ... (unsafe)".';

const SILENT_PAGES: readonly { readonly seen: string; readonly means: string }[] = [
  {
    seen: '"redirect_uri_mismatch"',
    means: `the client is of type "Web application": make one of type "Desktop app" at ${CLIENTS_PAGE}`,
  },
  {
    seen: '"invalid_client" or "deleted_client"',
    means: `the client does not exist any more: make one at ${CLIENTS_PAGE}`,
  },
  {
    seen: '"Access blocked" with "being tested"',
    means: `publish the app, or add the account to the test users, at ${AUDIENCE_PAGE}`,
  },
  { seen: '"org_internal"', means: `make the audience "External" at ${AUDIENCE_PAGE}` },
  {
    seen: '"admin_policy_enforced" or "policy_enforced"',
    means: 'the administrator of the account, or Advanced Protection, does not allow it: use another account',
  },
  { seen: '"disallowed_useragent"', means: 'open the address in an ordinary browser, not inside another app' },
  { seen: '"invalid_request"', means: 'the address was cut off: copy the whole of it' },
  {
    seen: '"Google hasn\'t verified this app"',
    means: 'that is no error for a client of your own: press "Advanced", then "Go to ... (unsafe)"',
  },
];
