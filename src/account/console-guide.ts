import {
  AUDIENCE_PAGE,
  CLIENTS_PAGE,
  CONSENT_PAGE,
  LIBRARY_API_PAGE,
  NEW_PROJECT_PAGE,
  PICKER_API_PAGE,
} from '../auth/console-pages.js';

/** How to make an OAuth client, step by step, for a person who does not know the console. */
export const CONSOLE_GUIDE: readonly string[] = [
  'Google wants each person to use an OAuth client of their own. Making one takes about five minutes and costs nothing:',
  '',
  '  1. Make a project:           ' + NEW_PROJECT_PAGE,
  '     Any name will do, "photos" for example. Sign in with any Google account.',
  '  2. Switch on two APIs in it: ' + LIBRARY_API_PAGE,
  '                               ' + PICKER_API_PAGE,
  '     Press "Enable" on both pages.',
  '  3. Fill in the consent screen: ' + CONSENT_PAGE,
  '     "Get started"; any app name; your e-mail address; audience "External".',
  '  4. Publish it:               ' + AUDIENCE_PAGE,
  '     "Publish app". Otherwise every sign-in ends after 7 days. No verification is needed for yourself.',
  '  5. Make the client:          ' + CLIENTS_PAGE,
  '     "Create client", application type "Desktop app", "Create", then "Download JSON".',
  '     Google shows the secret this one time only.',
];
