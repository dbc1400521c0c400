import { loadCredentials } from '../auth/credentials.js';
import { projectOf } from '../auth/client-file.js';
import { AUDIENCE_PAGE, inProject } from '../auth/console-pages.js';
import { mayRead, missingPermissions, PICKER_SCOPE, TICK_EVERY_BOX } from '../auth/scopes.js';
import { renewAccess, type TokenAnswer } from '../auth/token-exchange.js';
import { lookAtLibrary, type LibraryLook } from '../account/look-at-library.js';
import { withConnection, type Connection } from '../account/surroundings.js';
import { LONGEST_ANSWER } from '../remote/library/answer-limits.js';
import { proxyToGoogle } from '../remote/http/proxy-settings.js';
import { parseGoogleError } from '../remote/library/google-error.js';
import { pickerRoot } from '../remote/http/endpoint-rules.js';
import { refusalOf } from '../remote/library/refusals.js';
import { fail, pass, skip, warn, type Check, type DoctorDeps, type Finding } from './check.js';

const DAY_MS = 86_400_000;
const SKEW_WARN_MS = 60_000;
const SKEW_FAIL_MS = 5 * 60_000;
const LATER = 'Checked once the checks before it pass.';

/**
 * Network, clock, sign-in and APIs: what only an exchange with Google shows. Later checks use the results of earlier
 * ones.
 */
export function googleChecks({ around }: DoctorDeps): Check[] {
  const { env, folders, profile, clock } = around;
  let date: number | undefined;
  let answer: TokenAnswer | undefined;
  let clientId = '';
  let look: LibraryLook | undefined;
  const connected = <T>(act: (connection: Connection) => Promise<T>): Promise<T> => withConnection(around, act);
  return [
    { id: 'proxy', run: () => proxy(env) },
    {
      id: 'network',
      run: () =>
        connected(async ({ http, endpoint }) => {
          const url = new URL(endpoint.tokenUrl);
          const reply = await http.request({ method: 'HEAD', url, priority: 'foreground' });
          date = Date.parse(reply.header('date') ?? '');
          await reply.discard();
          return pass(`${url.host} answers.`);
        }),
    },
    { id: 'clock', run: () => clockSkew(date, clock.now()) },
    {
      id: 'token',
      run: () =>
        connected(async ({ endpoint }) => {
          const credentials = await loadCredentials({ env, configDir: folders.config, profile });
          clientId = credentials.clientId;
          answer = await renewAccess(credentials, endpoint);
          const { endsAt } = credentials;
          if (endsAt === undefined) return pass('Google accepts the sign-in.');
          const days = Math.max(0, Math.round((endsAt - clock.now()) / DAY_MS));
          return warn(
            `Google accepts the sign-in, which ends in ${days} days because the project is in testing mode.`,
            `Publish the app at ${inProject(AUDIENCE_PAGE, clientId)}, then run: gphotos-mount login`,
          );
        }),
    },
    { id: 'scopes', run: () => grantedScopes(answer) },
    {
      id: 'library-api',
      run: () =>
        connected(async ({ http }) => {
          if (answer === undefined) return skip(LATER);
          look = await lookAtLibrary(answer, { clientId }, { http, env, clock });
          if (look.kind === 'unreadable') return skip('Seeing photos was not granted.');
          if (look.kind === 'open') return pass('The Photos Library API answers.');
          return fail(look.error.message, look.error.hint ?? 'Try again later.');
        }),
    },
    {
      id: 'library-content',
      run: () => {
        if (look?.kind !== 'open') return skip(LATER);
        return look.isEmpty
          ? warn(
              'Google shows 0 items to this OAuth client: a program sees only what it added itself.',
              'Upload with this client, or export the rest at https://takeout.google.com',
            )
          : pass('There are items to show.');
      },
    },
    { id: 'picker-api', run: () => connected((connection) => pickerApi(connection, answer, clientId, env)) },
  ];
}

function proxy(env: NodeJS.ProcessEnv): Finding {
  const found = proxyToGoogle(env);
  return pass(
    found === undefined
      ? 'Requests go directly, without a proxy.'
      : `Requests go through the proxy ${found.name} (${found.variable}).`,
  );
}

function clockSkew(date: number | undefined, now: number): Finding {
  if (date === undefined || !Number.isFinite(date)) return skip('The network gave no time.');
  const skew = Math.abs(now - date);
  const words = `The clock of this machine is ${Math.round(skew / 1000)} s off.`;
  const fix = 'Set it: timedatectl set-ntp true';
  if (skew > SKEW_FAIL_MS) return fail(words, fix);
  return skew > SKEW_WARN_MS ? warn(words, fix) : pass('The clock of this machine is right.');
}

function grantedScopes(answer: TokenAnswer | undefined): Finding {
  if (answer === undefined) return skip(LATER);
  if (answer.scopes === undefined) return skip('Google did not say what is granted.');
  const missing = missingPermissions(answer.scopes);
  if (missing.length === 0) return pass('Every permission is granted.');
  const words = `Not granted: to ${missing.map(({ allows }) => allows).join('; to ')}.`;
  return mayRead(answer.scopes) ? warn(words, TICK_EVERY_BOX) : fail(words, TICK_EVERY_BOX);
}

/** Asks about a picking session that cannot exist: an API that is on answers that it knows none. Nothing is made. */
async function pickerApi(
  { http }: Connection,
  answer: TokenAnswer | undefined,
  clientId: string,
  env: NodeJS.ProcessEnv,
): Promise<Finding> {
  if (answer === undefined) return skip(LATER);
  if (answer.scopes !== undefined && !answer.scopes.includes(PICKER_SCOPE)) return skip('Picking was not granted.');
  const reply = await http.request({
    method: 'GET',
    url: new URL('v1/sessions/00000000-0000-4000-8000-000000000000', pickerRoot(env['GPHOTOS_PICKER_URL'])),
    headers: { authorization: `Bearer ${answer.accessToken}`, accept: 'application/json' },
    priority: 'foreground',
    deadlineMs: 15_000,
  });
  const said = parseGoogleError(reply.status, (await reply.read(LONGEST_ANSWER.error)).toString('utf8'));
  const isOn = reply.status < 400 || [400, 404].includes(reply.status);
  if (isOn) return pass('The Photos Picker API answers.');
  const service = said.service === '' ? 'photospicker.googleapis.com' : said.service;
  const { message, hint } = refusalOf({ ...said, service }, { project: projectOf(clientId) });
  return warn(message, hint ?? 'Try again later.');
}
