import type { StatusDocument } from './status-document.js';

/**
 * How the mount is doing, in one line. Times are of the clock and not ages, so that it changes only where something
 * did.
 */
export function statusSentence(status: StatusDocument): string {
  const { catalog, signIn, state, sync } = status;
  const items = counted(catalog.items, 'item');
  const library = `${items} in ${counted(catalog.albums, 'album')}`;
  const trouble = signIn.message ?? sync.lastError?.message;
  switch (state) {
    case 'starting':
      return 'starting';
    case 'syncing':
      return `first sync running, ${items} so far`;
    case 'degraded':
      return `degraded: ${trouble ?? 'syncing fails'}${wait(status)} (${library})`;
    case 'ready':
      return `${library}${sync.lastSuccess === null ? '' : `; last synced ${minute(sync.lastSuccess)}`}${wait(status)}`;
  }
}

function wait({ waits: [first] }: StatusDocument): string {
  return first === undefined ? '' : `; ${first.what} waits until ${minute(first.until)}`;
}

function minute(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

function counted(amount: number, one: string): string {
  return `${amount.toLocaleString('en-US')} ${amount === 1 ? one : `${one}s`}`;
}
