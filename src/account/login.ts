import { randomBytes } from 'node:crypto';
import { authorizationUrl, newSignInSecrets, type SignInSecrets } from '../auth/authorization-request.js';
import { readPasted, type Callback } from '../auth/callback.js';
import type { OAuthClient } from '../auth/client-file.js';
import { consentRefusal, silentPages, UNVERIFIED } from '../auth/consent-refusals.js';
import { CONNECTIONS_PAGE } from '../auth/console-pages.js';
import { listenForCallback, type Arrival, type LoopbackListener } from '../auth/loopback-listener.js';
import { failurePage, successPage } from '../auth/pages.js';
import { TICK_EVERY_BOX } from '../auth/scopes.js';
import { redeemCode, type TokenAnswer } from '../auth/token-exchange.js';
import { tokenPaths } from '../auth/token-file.js';
import { withinDeadline } from '../support/deadline.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { checkTokenPlace, keepClient, searchClient, type FoundClient } from './client-search.js';
import { CONSOLE_GUIDE } from './console-guide.js';
import { judgeGrant, keepSignIn, takeUp, type Granted } from './keep-sign-in.js';
import { lookAtLibrary, type LibraryLook } from './look-at-library.js';
import { withConnection, type AccountSurroundings, type Connection } from './surroundings.js';
import { userErrorFrom } from './user-error-from.js';

export interface LoginOptions {
  readonly clientFile: string | undefined;
  /** False: only print the URL, and accept pasted text. */
  readonly browser: boolean;
  /** 0 for a free one. */
  readonly port: number;
  readonly timeoutMs: number;
  readonly keyring: boolean;
}

/** The person at the terminal. */
export interface Person {
  readonly isInteractive: boolean;
  /** The next line typed or pasted; undefined where there will be none. */
  nextLine(): Promise<string | undefined>;
  /** Opens a URL in a browser; false if that is not possible. */
  openBrowser(url: string): Promise<boolean>;
  /** Shows a URL so that a telephone can read it, if there is room. */
  showForCamera(url: string): void;
}

/** Signs in by a browser and keeps the sign-in. Rejects with UserError; nothing is stored then. */
export async function login(around: AccountSurroundings, options: LoginOptions, person: Person): Promise<void> {
  await checkTokenPlace(tokenPaths(around.folders.config, around.profile)[0] ?? '');
  const found = await clientFor(around, options.clientFile, person);
  around.say(`OAuth client: from ${found.where}`);
  try {
    await withConnection(around, (connection) => signIn(around, options, person, found, connection));
  } catch (error) {
    throw userErrorFrom(error);
  }
  await takeUp(around);
}

/** Finds the client. If there is none, explains how to make one, and searches again. */
export async function clientFor(
  around: AccountSurroundings,
  named: string | undefined,
  person: Pick<Person, 'isInteractive' | 'nextLine'>,
): Promise<FoundClient> {
  const found = await searchClient(around, named);
  if (found !== undefined) return found;
  for (const line of CONSOLE_GUIDE) around.say(line);
  around.say('');
  while (person.isInteractive) {
    around.say('Press Enter when the file is in ~/Downloads, or type where it is (Ctrl-C gives up):');
    const line = await person.nextLine();
    if (line === undefined) break;
    const path = line.trim().replace(/^["']|["']$/g, '');
    const again = await searchClient(around, path === '' ? undefined : path);
    if (again !== undefined) return again;
    around.say('There is no client_secret….json in ~/Downloads yet.');
  }
  throw new UserError(
    ExitCode.signIn,
    'There is no OAuth client to sign in with.',
    'Follow the steps above, then run: gphotos-mount login ~/Downloads/client_secret….json',
  );
}

async function signIn(
  around: AccountSurroundings,
  options: LoginOptions,
  person: Person,
  found: FoundClient,
  connection: Connection,
): Promise<void> {
  const secrets = newSignInSecrets(randomBytes);
  const listener = await listenForCallback({
    port: options.port,
    state: secrets.state,
    ticket: randomBytes(16).toString('base64url'),
    onRefused: (why) => around.say(`A request was refused, because it ${why}. Still waiting for the right one.`),
  });
  const request = { clientId: found.client.clientId, redirectUri: listener.redirectUri, secrets };
  try {
    const url = authorizationUrl({ ...request, authUrl: around.env['GPHOTOS_AUTH_URL'] });
    await invite(around, options, person, listener, url);
    const arrival = await arrivalOf(around, options, person, listener, secrets, request.clientId);
    try {
      const done = await finish(around, options, found, connection, request, arrival.callback);
      await arrival.answer(200, successPage({ profile: around.profile, ...done }));
    } catch (error) {
      const shown = userErrorFrom(error);
      const words =
        shown instanceof UserError ? shown : { message: 'Something went wrong.', hint: 'The terminal says more.' };
      await arrival.answer(400, failurePage(words.message, words.hint));
      throw shown;
    }
  } finally {
    await listener.close();
  }
}

async function invite(
  around: AccountSurroundings,
  { browser, timeoutMs }: LoginOptions,
  person: Person,
  listener: LoopbackListener,
  url: string,
): Promise<void> {
  const { say } = around;
  const minutes = Math.max(1, Math.round(timeoutMs / 60_000));
  if (browser && (await person.openBrowser(listener.startUrl(url)))) {
    say('A browser opens with the consent page of Google. Tick every box there. If none opens, open this address:');
    say(`  ${url}`);
    say(UNVERIFIED);
    say(`Waiting for you to agree (${minutes} min at most) ...`);
    return;
  }
  if (browser) say('No browser could be opened here.');
  say('Open this address in a browser, on any machine:');
  say('');
  say(`  ${url}`);
  say('');
  person.showForCamera(url);
  say(UNVERIFIED);
  say('After you agreed, that browser goes to an address beginning with');
  say(`  ${listener.redirectUri}/?`);
  say('On another machine it cannot show that page. Copy the address from its address bar and paste it here.');
  say(
    `(With a tunnel, ssh -L ${listener.port}:127.0.0.1:${listener.port} and --port ${listener.port}, it arrives by itself.)`,
  );
}

/** The first of: the callback of the browser, pasted text, the timeout. */
async function arrivalOf(
  around: AccountSurroundings,
  options: LoginOptions,
  person: Person,
  listener: LoopbackListener,
  secrets: SignInSecrets,
  clientId: string,
): Promise<Arrival> {
  const late = (): UserError => {
    for (const line of silentPages(clientId)) around.say(`  ${line}`);
    return new UserError(
      ExitCode.signIn,
      'Nobody came back from the consent page in time.',
      'Google shows some errors in the browser only; the lines above say what each means. Then run: gphotos-mount login',
    );
  };
  // The clock does not keep the process alive, and an open port does.
  const first = (): Promise<Arrival> => Promise.race([listener.arrival, pasted(around, person, secrets)]);
  return withinDeadline(around.clock, options.timeoutMs, first, late);
}

async function pasted({ say }: AccountSurroundings, person: Person, secrets: SignInSecrets): Promise<Arrival> {
  for (;;) {
    const line = await person.nextLine();
    if (line === undefined) return new Promise<never>(() => undefined);
    if (line.trim() === '') continue;
    const callback = readPasted(line, secrets.state);
    if (callback.kind !== 'wrong') return { callback, answer: () => Promise.resolve() };
    say(`What was pasted was refused, because it ${callback.why}. Paste the whole address:`);
  }
}

async function finish(
  around: AccountSurroundings,
  options: LoginOptions,
  found: FoundClient,
  { http, endpoint }: Connection,
  request: { readonly redirectUri: string; readonly secrets: SignInSecrets },
  callback: Callback & { kind: 'code' | 'refused' },
): Promise<Granted> {
  if (callback.kind === 'refused') throw consentRefusal(callback.error, found.client.clientId);
  const { redirectUri, secrets } = request;
  const given = { code: callback.code, verifier: secrets.verifier, redirectUri };
  const answer = await redeemCode(found.client, given, endpoint);
  const granted = judgeGrant(answer, found.client);
  const look = await lookAtLibrary(answer, found.client, { http, env: around.env, clock: around.clock });
  const where = await keepAll(around, found.client, answer, options.keyring);
  await keepClient(around, found);
  return saySignedIn(around, granted, look, where);
}

async function keepAll(
  around: AccountSurroundings,
  client: OAuthClient,
  answer: TokenAnswer,
  keyring: boolean,
): Promise<string> {
  const { refreshToken } = answer;
  if (refreshToken === undefined)
    throw new UserError(
      ExitCode.signIn,
      'Google gave access for an hour only: there is no refresh token in its answer.',
      `Remove the access at ${CONNECTIONS_PAGE}, then run: gphotos-mount login`,
    );
  return keepSignIn(around, client, { ...answer, refreshToken }, keyring);
}

/** Says what a new sign-in permits. Returns it with all warnings. */
export function saySignedIn(
  { say, profile }: AccountSurroundings,
  granted: Granted,
  look: LibraryLook,
  where: string,
): Granted {
  say('');
  say(`Signed in (profile ${profile}). You granted:`);
  for (const { allows } of granted.granted) say(`  - to ${allows}`);
  for (const { allows, without } of granted.missing) say(`Not granted: to ${allows}; ${without}.`);
  if (granted.missing.length > 0) say(`To grant the rest: ${TICK_EVERY_BOX}`);
  say(where);
  const warnings = [...granted.warnings];
  if (look.kind === 'closed') warnings.push(`${look.error.message} ${look.error.hint ?? ''}`.trim());
  else if (look.kind === 'open' && look.isEmpty)
    warnings.push(
      'The library shows 0 items to this OAuth client: since March 2025 Google shows a program only what it added itself. ' +
        'README.txt in the mount explains what can be done.',
    );
  for (const warning of warnings) say(`Note: ${warning}`);
  return { ...granted, warnings };
}
