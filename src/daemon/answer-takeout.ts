import type { Examined } from '../takeout/indexing/examine-parts.js';
import type { RequestRow } from './control-protocol.js';

type TakeoutFields =
  | { readonly action: 'add'; readonly paths: readonly string[] }
  | { readonly action: 'remove'; readonly exportName: string };

/** What a change of the Takeout exports brought about. */
export type TakeoutOutcome =
  ({ readonly action: 'add' } & Examined) | { readonly action: 'remove'; readonly parts: number };

export const answerTakeout: RequestRow<TakeoutFields, { readonly takeout: TakeoutOutcome }> = {
  parse: ({ action, paths, exportName }) => {
    if (action === 'add' && Array.isArray(paths) && paths.every((path) => typeof path === 'string'))
      return { action, paths };
    return action === 'remove' && typeof exportName === 'string' ? { action, exportName } : undefined;
  },
  handle: async (fields, { library }) => {
    const { takeouts } = library();
    return {
      takeout:
        fields.action === 'add'
          ? { action: 'add', ...(await takeouts.add(fields.paths)) }
          : { action: 'remove', parts: await takeouts.remove(fields.exportName) },
    };
  },
};
