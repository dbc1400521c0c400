import type { PickedFactsShown } from '../filesystem/picked-texts.js';
import type { StatusDocument } from './status-document.js';

/** What README.txt tells of picking; undefined where nothing was ever picked. */
export function pickedSummary({ picked }: Pick<StatusDocument, 'picked'>): PickedFactsShown | undefined {
  const { items, bytes, folder, sessions } = picked;
  if (items === 0 && sessions.length === 0) return undefined;
  return {
    ...{ items, bytes, folder },
    open: sessions.filter(({ state }) => state === 'open').length,
    coming: sessions
      .filter(({ state }) => ['fetching', 'retrying', 'paused'].includes(state))
      .map(({ total, totalKnown, stored, message, hint }) => ({ total, totalKnown, stored, message, hint })),
    lost: sessions
      .filter(({ state }) => state === 'expired' || state === 'partial')
      .reduce((sum, { total, stored }) => sum + total - stored, 0),
  };
}
