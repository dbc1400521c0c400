import { resolve } from 'node:path';
import type { PickOutcome, PickTarget } from '../daemon/pick-requests.js';
import type { PickedSession } from '../daemon/status-document.js';
import { commandClock } from '../support/clock.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { printable } from './account-surroundings.js';
import type { CliContext } from './cli-context.js';
import type { PickCancelRequest, PickForgetRequest, PickListRequest, PickRequest } from './pick-arguments.js';
import { PickProgress } from './pick-progress.js';
import { daemonService, inThisProcess, pickConfig, type PickService } from './pick-service.js';
import { amounts, missingLines } from './pick-amounts.js';
import { minute, pickLines } from './render-pick.js';
import { TerminalPerson } from './terminal-person.js';

const LOOK_MS = 250;
/** Faults of the network and of Google that last longer than this end the waiting, not the session. */
const PATIENCE_MS = 60_000;
const PASSING: ReadonlySet<string> = new Set(['network', 'google', 'internal']);

/** Begins a session, shows where to pick, and waits until everything is stored. */
export async function runPick(request: PickRequest, context: CliContext): Promise<ExitCode> {
  return withService(request, context, async (service) => {
    const { most, album } = request;
    const begun = await service.ask({ action: 'begin', most, album });
    if (begun.action !== 'begin') throw new Error('an answer to another question');
    const { id, uri } = begun;
    // Whoever sees the address may press Ctrl-C.
    return watched(service, context, async () => {
      await invite(uri, request, context);
      if (request.wait) return wait(service, id, context);
      say(context, goesOn(service));
      return ExitCode.ok;
    });
  });
}

/** Shows the sessions and what is stored. */
export async function listPicks(request: PickListRequest, context: CliContext): Promise<ExitCode> {
  const config = pickConfig(request, context);
  const service = await daemonService(config, context);
  if (service !== undefined && 'ask' in service) showList(await service.ask({ action: 'list' }), request, context);
  else {
    const { knownPicks } = await import('../daemon/profile-picks.js');
    showList({ action: 'list', ...knownPicks(config) }, request, context);
  }
  return ExitCode.ok;
}

/** Asks Google now, and waits for what was picked. */
export async function resumePicks(request: PickListRequest, context: CliContext): Promise<ExitCode> {
  return withService(request, context, async (service) => {
    const first = sessionsOf(await service.ask({ action: 'resume' }));
    const coming = first.filter(({ state }) => state === 'fetching' || state === 'paused');
    const codes: ExitCode[] = [];
    for (const { id } of coming)
      codes.push(await watched(service, context, () => wait(service, id, request.json ? quiet(context) : context)));
    showList(await service.ask({ action: 'list' }), request, context);
    return codes.find((code) => code !== ExitCode.ok) ?? ExitCode.ok;
  });
}

export async function cancelPick({ id, ...request }: PickCancelRequest, context: CliContext): Promise<ExitCode> {
  return withService(request, context, async (service) => {
    await service.ask({ action: 'cancel', id });
    say(context, `cancelled ${id}; what is stored of it stays`);
    return ExitCode.ok;
  });
}

export async function forgetPick(request: PickForgetRequest, context: CliContext): Promise<ExitCode> {
  return withService(request, context, async (service) => {
    const outcome = await service.ask({ action: 'forget', target: await targetOf(request, service, context) });
    const items = outcome.action === 'forget' ? outcome.items : 0;
    say(context, `removed ${items.toLocaleString('en-US')} picked ${items === 1 ? 'item' : 'items'} from this machine`);
    return ExitCode.ok;
  });
}

async function withService(
  request: Parameters<typeof pickConfig>[0],
  context: CliContext,
  work: (service: PickService) => Promise<ExitCode>,
): Promise<ExitCode> {
  const config = pickConfig(request, context);
  const service = await daemonService(config, context);
  if (service === undefined) return inThisProcess(config, context, work);
  if ('error' in service) throw service.error;
  return work(service);
}

async function targetOf(
  { what = '', session }: PickForgetRequest,
  { mountpoint }: PickService,
  context: CliContext,
): Promise<PickTarget> {
  if (session !== undefined) return { session };
  if (mountpoint === undefined) return what.includes('/') ? { path: what } : { item: what };
  const given = resolve(context.person.currentFolder, what);
  const isInside = (path: string): boolean => path.startsWith(`${mountpoint}/`);
  const path = isInside(given) || !what.includes('/') ? given : await (await context.mountTools()).locate(given);
  return isInside(path) ? { path: path.slice(mountpoint.length) } : { item: what };
}

/** Says where to pick, and opens a browser for a person who sits here. */
async function invite(uri: string, { open, most }: PickRequest, context: CliContext): Promise<void> {
  const { stdin, stdout, columns, around } = context;
  const person = new TerminalPerson({
    ...{ stdin, env: around.env, platform: around.platform },
    say: (line) => say(context, line),
    columns: stdout.isTTY === true ? columns : undefined,
  });
  const isOpened = open && (await person.openBrowser(uri));
  say(
    context,
    isOpened
      ? `A browser opens with Google's page: tick up to ${most.toLocaleString('en-US')} items and press Done. If none opens:`
      : `Open this address in a browser, on any machine, tick up to ${most.toLocaleString('en-US')} items and press Done:`,
  );
  say(context, `  ${uri}`);
  if (!isOpened) person.showForCamera(uri);
  say(context, 'The browser must be signed in with the account of this profile.');
}

/** Ctrl-C ends the waiting; where a daemon works, nothing else. */
async function watched(service: PickService, context: CliContext, work: () => Promise<ExitCode>): Promise<ExitCode> {
  let interrupt = (): void => undefined;
  const interrupted = new Promise<ExitCode>((done) => {
    interrupt = () => {
      context.stderr.write('\n');
      say(context, goesOn(service));
      done(ExitCode.interrupted);
    };
  });
  process.once('SIGINT', interrupt);
  try {
    return await Promise.race([work(), interrupted]);
  } finally {
    process.off('SIGINT', interrupt);
  }
}

function goesOn({ mountpoint }: PickService): string {
  return mountpoint === undefined
    ? 'The session is kept. Go on with it: gphotos-mount pick resume, or mount the folder.'
    : 'It goes on in the background. Look: gphotos-mount pick list';
}

/** Follows a session until there is nothing to wait for. */
async function wait(service: PickService, id: string, context: CliContext): Promise<ExitCode> {
  const progress = new PickProgress(context.stderr, () => performance.now());
  let pausedAt: number | undefined;
  try {
    for (;;) {
      const outcome = await service.ask({ action: 'look', id });
      const session = outcome.action === 'look' ? outcome.session : undefined;
      if (session === undefined) throw new UserError(ExitCode.syncFailed, `The session ${id} is gone.`, LIST);
      progress.show(session);
      const ended = endOf(session, service, context, progress);
      if (ended !== undefined) return ended;
      pausedAt = session.state === 'paused' ? (pausedAt ?? performance.now()) : undefined;
      if (session.state === 'paused') {
        const isOver = performance.now() - (pausedAt ?? 0) > PATIENCE_MS;
        if (isOver || !PASSING.has(session.reason ?? '')) throw pausedError(session, service);
      }
      await commandClock.sleep(LOOK_MS);
    }
  } finally {
    progress.clear();
  }
}

/** The exit code where the session is over, or nothing more comes of it soon. */
function endOf(
  session: PickedSession,
  service: PickService,
  context: CliContext,
  progress: PickProgress,
): ExitCode | undefined {
  const { state, total, expires, pollUntil } = session;
  const tell = (...lines: string[]): void => {
    progress.clear();
    for (const line of lines) say(context, line);
  };
  switch (state) {
    case 'done':
      tell(total === 0 ? 'Nothing was picked.' : `${amounts(session)}: all of it is here.`);
      return ExitCode.ok;
    case 'retrying':
      tell(
        amounts(session),
        ...missingLines(session),
        `What failed is tried again until ${minute(expires)}. ${goesOn(service)}`,
      );
      return ExitCode.syncFailed;
    case 'partial':
    case 'expired':
      tell(amounts(session), ...missingLines(session));
      throw endedError(session);
    case 'cancelled':
      tell('The session was cancelled; what is stored stays.');
      return ExitCode.syncFailed;
    case 'open':
      if (context.now() < Date.parse(pollUntil)) return undefined;
      tell(
        `Done was not pressed in time. The page works until ${minute(expires)}: press Done, then run gphotos-mount pick resume.`,
      );
      return ExitCode.syncFailed;
    default:
      return undefined;
  }
}

function endedError({ state, total, stored, totalKnown }: PickedSession): UserError {
  const left = total - stored;
  const amount = `${left.toLocaleString('en-US')} ${left === 1 ? 'item was' : 'items were'}`;
  const more = totalKnown ? '' : ', and perhaps more that were not listed,';
  return new UserError(
    ExitCode.syncFailed,
    total === 0
      ? 'The session ended at Google before Done was noticed: nothing was stored.'
      : `The session ended at Google (${state}): ${amount}${more} not stored. What is stored stays.`,
    'Pick the rest again: gphotos-mount pick. What is here already is not fetched again.',
  );
}

function pausedError({ message, hint, reason, exitCode }: PickedSession, service: PickService): UserError {
  return new UserError(
    (exitCode ?? ExitCode.google) as ExitCode,
    `${message ?? ''} (${reason ?? ''})`,
    `${hint ?? ''} ${goesOn(service)}`,
  );
}

const LIST = 'gphotos-mount pick list shows the sessions.';

function sessionsOf(outcome: PickOutcome): readonly PickedSession[] {
  return 'sessions' in outcome ? outcome.sessions : [];
}

function showList(outcome: PickOutcome, { json }: PickListRequest, context: CliContext): void {
  if (!('sessions' in outcome)) return;
  const { sessions, items, bytes, folder, addresses } = outcome;
  if (json) {
    const all = sessions.map((session) => ({
      ...session,
      ...(addresses[session.id] === undefined ? {} : { uri: addresses[session.id] }),
    }));
    context.stdout.write(`${JSON.stringify({ items, bytes, folder, sessions: all }, null, 2)}\n`);
  } else for (const line of pickLines(outcome)) context.stdout.write(`${line}\n`);
}

function quiet(context: CliContext): CliContext {
  return { ...context, stdout: { write: () => true } };
}

function say({ stdout }: Pick<CliContext, 'stdout'>, line: string): void {
  stdout.write(`${printable(line)}\n`);
}
