import type { RequestRow } from './control-protocol.js';

interface UnmountFields {
  /** Unmount although files are open. */
  readonly lazy?: boolean;
}

export const answerUnmount: RequestRow<UnmountFields, { readonly unmounted: string }> = {
  parse: ({ lazy }) => ({ lazy: lazy === true }),
  handle: async ({ lazy = false }, { unmount }) => ({ unmounted: await unmount({ lazy }) }),
};
