import type { StatusDocument } from '../daemon/status-document.js';
import { formatByteSize } from './byte-sizes.js';

const STATES: Readonly<Record<StatusDocument['state'], string>> = {
  starting: 'starting',
  syncing: 'first sync running; items show as they arrive',
  ready: 'ready',
  degraded: 'mounted, but syncing fails',
};

const SIGNED_OUT = 'degraded: signed out; what is known and cached stays';

/** The status document for a person. `now` in milliseconds since the epoch. */
export function renderStatus(status: StatusDocument, now: number): string {
  const { catalog, sync, cache, quota, uploads } = status;
  const lines = [
    `${status.mountpoint}  (profile ${status.profile}, pid ${status.pid}, version ${status.version})`,
    row('state', status.signIn.state === 'refused' ? SIGNED_OUT : STATES[status.state]),
    row(
      'library',
      `${count(catalog.items, 'item')} in ${count(catalog.albums, 'album')}, ${formatByteSize(catalog.bytes)}`,
    ),
  ];
  if (status.emptyBecause !== null) lines.push(row('', status.emptyBecause));
  if (catalog.unmeasured > 0) lines.push(row('', `${count(catalog.unmeasured, 'item')} not measured yet`));
  if (status.signIn.state === 'refused')
    lines.push(row('sign-in', `${status.signIn.message ?? ''} ${status.signIn.hint ?? ''}`.trim()));
  for (const missing of status.signIn.missing) lines.push(row('', missing));
  lines.push(row('sync', syncLine(status, now)));
  if (sync.lastError !== null) lines.push(row('', `${sync.lastError.message} ${sync.lastError.hint}`.trim()));
  if (uploads.queued + uploads.active + uploads.failed > 0) {
    lines.push(row('uploads', `${uploads.queued} queued, ${uploads.active} active, ${uploads.failed} failed`));
  }
  lines.push(
    row('cache', `${formatByteSize(cache.bytes)} of at most ${formatByteSize(cache.limit)}`),
    row('quota today', `${use(quota.api)} API requests, ${use(quota.media)} media requests`),
  );
  if (status.errors.length > 0) {
    lines.push(row('troubles', count(status.errors.length, 'entry', 'entries')));
    for (const error of status.errors.slice(0, 5)) {
      const times = error.count > 1 ? ` (${error.count} times)` : '';
      lines.push(
        `    ${age(error.at, now)}: ${error.message}${times}${error.hint === '' ? '' : `\n      ${error.hint}`}`,
      );
    }
    if (status.errors.length > 5) lines.push('    all of them: gphotos-mount status --json');
  }
  return `${lines.map(printable).join('\n')}\n`;
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
  const until = sync.waitingUntil === null ? '' : ` until ${sync.waitingUntil.slice(0, 16).replace('T', ' ')} UTC`;
  return sync.phase === 'idle' ? last : `${PHASES[sync.phase] ?? sync.phase}${until}; ${last}`;
}

function row(label: string, value: string): string {
  return `  ${label.padEnd(12)}${value}`;
}

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString('en-US')} ${amount === 1 ? one : many}`;
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
