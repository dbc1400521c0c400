import type { PickOutcome } from '../daemon/pick-requests.js';
import type { PickedSession } from '../daemon/status-document.js';
import { printable } from './account-surroundings.js';
import { formatByteSize } from './byte-sizes.js';
import { amounts, missingLines } from './pick-amounts.js';
import { count } from './render-status.js';

type Listed = Omit<PickOutcome & { action: 'list' }, 'action'>;

const STATES: Readonly<Record<PickedSession['state'], string>> = {
  open: 'waits for Done',
  fetching: 'being fetched',
  retrying: 'some failed; tried again until it ends',
  paused: 'paused',
  done: 'done',
  partial: 'ended, some were not stored',
  expired: 'ended before all was stored',
  cancelled: 'cancelled',
};

/** Sessions and what became of them, for a person. */
export function pickLines({ sessions, items, bytes, folder, addresses }: Listed): string[] {
  if (sessions.length === 0 && items === 0) return ['Nothing was picked yet. Pick something: gphotos-mount pick'];
  const lines = sessions.flatMap((session) => [
    `${session.id}  ${STATES[session.state]}${session.reason === null ? '' : ` (${session.reason})`}`,
    `  begun ${minute(session.created)}, ${amounts(session)}${albumOf(session)}${endOf(session)}`,
    ...(session.message === null ? [] : [`  ${session.message} ${session.hint ?? ''}`]),
    ...missingLines(session),
    ...(addresses[session.id] === undefined ? [] : [`  ${addresses[session.id] ?? ''}`]),
  ]);
  return [...lines, `${count(items, 'picked item')}, ${formatByteSize(bytes)}, in ${folder}`].map(printable);
}

function albumOf({ album }: PickedSession): string {
  return album === null ? '' : `, album ${album}`;
}

function endOf({ state, expires }: PickedSession): string {
  return ['open', 'fetching', 'retrying', 'paused'].includes(state) ? `, ends ${minute(expires)}` : '';
}

export function minute(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}
