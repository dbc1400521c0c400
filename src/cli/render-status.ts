import type { StatusDocument } from '../daemon/status-document.js';
import { takeoutLines } from '../daemon/takeout-summary.js';
import { formatByteSize } from './byte-sizes.js';
import { amounts, missingLines } from './pick-amounts.js';

const WIDTH = 80;
const LABEL_WIDTH = 14;

const STATES: Readonly<Record<StatusDocument['state'], string>> = {
  starting: 'starting',
  syncing: 'first sync running; items show as they arrive',
  ready: 'ready',
  degraded: 'mounted, but syncing fails',
};

const SIGNED_OUT = 'degraded: signed out; what is known and cached stays';
const UNREADABLE = 'degraded: may not see photos; what is known and cached stays';

function stateInWords({ state, signIn }: StatusDocument): string {
  if (signIn.state === 'refused') return SIGNED_OUT;
  return signIn.message === null || state !== 'degraded' ? STATES[state] : UNREADABLE;
}

/** The status document for a person. `now` in milliseconds since the epoch. */
export function renderStatus(status: StatusDocument, now: number): string {
  const { catalog, sync, cache, quota, uploads } = status;
  const lines = [
    `${status.mountpoint}  (profile ${status.profile}, pid ${status.pid}, version ${status.version})`,
    row('state', stateInWords(status)),
    row(
      'library',
      `${count(catalog.items, 'item')} in ${count(catalog.albums, 'album')}, ${formatByteSize(catalog.bytes)}`,
    ),
  ];
  // A daemon that an older version started does not tell.
  const { timeZone = 'UTC' } = status as Partial<StatusDocument>;
  lines.push(row('dates', `in the time zone ${timeZone}`));
  lines.push(...takeoutRows(status), ...pickedRows(status));
  if (status.emptyBecause !== null) lines.push(...wrappedRow('', status.emptyBecause));
  if (catalog.unmeasured > 0) lines.push(row('', `${count(catalog.unmeasured, 'item')} not measured yet`));
  if (status.signIn.message !== null)
    lines.push(...wrappedRow('sign-in', `${status.signIn.message} ${status.signIn.hint ?? ''}`));
  for (const missing of status.signIn.missing) lines.push(...wrappedRow('', missing));
  if (status.signIn.state === 'none') lines.push(row('sign-in', 'none is needed'));
  else lines.push(row('sync', syncLine(status, now)));
  if (sync.secondsLeft !== null && sync.itemsLeft !== null)
    lines.push(row('', `about ${count(sync.itemsLeft, 'item')} to go, ${duration(sync.secondsLeft)} at this rate`));
  if (sync.firstSyncDone && sync.fullPassShare !== null)
    lines.push(...wrappedRow('', fullPassLine(sync.fullPassShare, sync.lastFullPass, now)));
  if (sync.heldBack !== null) {
    const { items, albums } = sync.heldBack;
    lines.push(row('held back', `${count(items, 'item')} and ${count(albums, 'album')} that seem gone`));
  }
  // Below among the troubles as well, but those may be many.
  if (sync.lastError !== null) lines.push(...wrappedRow('', `${sync.lastError.message} ${sync.lastError.hint}`));
  lines.push(...waits(status));
  if (uploads.queued + uploads.active + uploads.failed > 0) {
    lines.push(row('uploads', `${uploads.queued} queued, ${uploads.active} active, ${uploads.failed} failed`));
  }
  lines.push(row('cache', `${formatByteSize(cache.bytes)} of at most ${formatByteSize(cache.limit)}`));
  if (status.signIn.state !== 'none') lines.push(...quotaRows(quota));
  lines.push(...troubles(status, now));
  return `${lines.map(printable).join('\n')}\n`;
}

/** A daemon of an older version has no exports. */
function takeoutRows({ takeout, catalog }: Partial<StatusDocument>): string[] {
  const lines = takeout === undefined || catalog === undefined ? [] : takeoutLines({ takeout, catalog });
  return lines.flatMap((line, index) => wrappedRow(index === 0 ? 'takeout' : '', line));
}

/** A daemon of an older version picked nothing. */
function pickedRows({ picked }: Partial<StatusDocument>): string[] {
  if (picked === undefined || (picked.items === 0 && picked.sessions.length === 0)) return [];
  const lines = [`${count(picked.items, 'item')}, ${formatByteSize(picked.bytes)}, in ${picked.folder}`];
  for (const session of picked.sessions) {
    if (session.state === 'done' || session.state === 'cancelled') continue;
    const waits = session.message === null ? '' : `: ${session.message} ${session.hint ?? ''}`;
    lines.push(`${session.id.slice(0, 8)} ${session.state}, ${amounts(session)}${waits}`);
    lines.push(...missingLines(session).map((line) => line.trim()));
  }
  return lines.flatMap((line, index) => wrappedRow(index === 0 ? 'picked' : '', line));
}

function quotaRows({ api, media, backgroundResumesAt }: StatusDocument['quota']): string[] {
  const lines = [
    row('quota today', `${use(api)} API requests, ${use(media)} media requests`),
    row(
      '',
      `background work leaves ${api.reserve.toLocaleString('en-US')} API and ${count(media.reserve, 'media request')}`,
    ),
  ];
  if (backgroundResumesAt !== null) lines.push(row('', `background work goes on at ${minute(backgroundResumesAt)}`));
  return lines;
}

const WAITING: Readonly<Record<string, string>> = {
  measuring: 'measuring sizes waits',
  addresses: 'reading new files waits',
  reading: 'reading from Google waits',
};

/** What waits besides syncing, which has a line of its own. A daemon of an older version does not have this list. */
function waits({ waits: all = [] }: Partial<StatusDocument>): string[] {
  return all.flatMap(({ what, message, until }, index) => {
    const words = WAITING[what];
    if (words === undefined) return [];
    return wrappedRow(
      index === 0 || all[index - 1]?.what === 'sync' ? 'waiting' : '',
      `${words} until ${minute(until)}: ${message}`,
    );
  });
}

function minute(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

const TROUBLES_SHOWN = 5;

function troubles({ errors, unmeasurable }: StatusDocument, now: number): string[] {
  const current = errors.filter(({ resolvedAt }) => resolvedAt === null);
  const over = errors.length - current.length;
  const rest = over === 0 ? '' : `${count(over, 'trouble')} of the last hour over; see --json`;
  if (current.length === 0 && unmeasurable.length === 0) return rest === '' ? [] : [row('troubles', `none; ${rest}`)];
  const lines = [row('troubles', count(current.length + unmeasurable.length, 'trouble'))];
  for (const { at, message, hint, count: times } of current.slice(0, TROUBLES_SHOWN)) {
    const often = times > 1 ? ` (${times.toLocaleString('en-US')} times)` : '';
    lines.push(...wrapped(`${age(at, now)}: ${message}${often}`, 4), ...wrapped(hint, 6));
  }
  const more = current.length - TROUBLES_SHOWN;
  if (more > 0) lines.push(`    and ${more} more; see --json`);
  if (unmeasurable.length > 0) {
    lines.push(...wrapped(`${count(unmeasurable.length, 'item')} whose size could not be measured; see --json`, 4));
  }
  if (rest !== '') lines.push(`    ${rest}`);
  return lines;
}

const PHASES: Readonly<Record<string, string>> = {
  starting: 'starting',
  'first-sync': 'reading the library for the first time',
  'full-pass': 'comparing everything',
  poll: 'looking for news',
  waiting: 'waiting',
};

function syncLine({ sync }: StatusDocument, now: number): string {
  const last = sync.lastSuccess === null ? 'not finished yet' : `last finished ${age(sync.lastSuccess, now)}`;
  const until = sync.waitingUntil === null ? '' : ` until ${minute(sync.waitingUntil)}`;
  return sync.phase === 'idle' ? last : `${PHASES[sync.phase] ?? sync.phase}${until}; ${last}`;
}

function fullPassLine(share: number, last: string | null, now: number): string {
  const before = last === null ? '' : `; the one before ended ${age(last, now)}`;
  return `${Math.floor(share * 100)} % of a full pass, which finds what is gone${before}`;
}

function row(label: string, value: string): string {
  return `  ${label.padEnd(LABEL_WIDTH - 2)}${value}`;
}

function wrappedRow(label: string, value: string): string[] {
  const [first = '', ...rest] = wrapped(value, LABEL_WIDTH);
  return [row(label, first.trimStart()), ...rest];
}

/** Lines of at most 79 characters where words allow, all indented. */
function wrapped(text: string, indent: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(' '.repeat(indent) + word);
  }
  return lines;
}

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString('en-US')} ${amount === 1 ? one : many}`;
}

/** Seconds for a person: "40 s", "12 min", "3 h". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function use({ used, limit }: { used: number; limit: number }): string {
  return `${used.toLocaleString('en-US')} of ${limit.toLocaleString('en-US')}`;
}

function age(at: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** Messages may quote names from outside; a terminal must not obey them. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?');
}
