import { systemClock } from '../support/clock.js';
import { outcomeWithin } from '../support/deadline.js';
import type { RequestRow } from './control-protocol.js';
import { asUserError } from './pick-errors.js';
import { MOST_PICKED, type PickAsk, type PickOutcome, type PickTarget } from './pick-requests.js';

/** Google's answers are waited for so long. */
const RESUME_MS = 20_000;

export const answerPick: RequestRow<PickAsk, { readonly pick: PickOutcome }> = {
  parse: (fields) => {
    const { action, most, album, id } = fields;
    switch (action) {
      case 'begin':
        return isCount(most) ? { action, most, album: typeof album === 'string' ? album : null } : undefined;
      case 'list':
      case 'resume':
        return { action };
      case 'look':
      case 'cancel':
        return typeof id === 'string' ? { action, id } : undefined;
      case 'forget':
        return isTarget(fields['target']) ? { action, target: fields['target'] } : undefined;
      default:
        return undefined;
    }
  },
  handle: async (fields, { library }) => {
    const opened = library();
    const { picks } = opened;
    switch (fields.action) {
      case 'begin':
        return { pick: { action: 'begin', ...(await asUserError(picks.create(fields))) } };
      case 'look':
        return { pick: { action: 'look', session: picks.look(fields.id) } };
      case 'list':
      case 'resume':
        if (fields.action === 'resume') await outcomeWithin(systemClock, RESUME_MS, () => picks.resume());
        return { pick: { action: fields.action, ...picks.status(), addresses: picks.addresses() } };
      case 'cancel':
        await picks.cancel(fields.id);
        return { pick: { action: 'cancel' } };
      case 'forget':
        return { pick: { action: 'forget', items: await opened.forgetPicked(fields.target) } };
    }
  },
};

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_PICKED;
}

function isTarget(value: unknown): value is PickTarget {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value);
  return entries.length === 1 && entries.every(([name, text]) => TARGETS.includes(name) && typeof text === 'string');
}

const TARGETS: readonly string[] = ['path', 'item', 'session'];
