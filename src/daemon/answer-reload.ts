import type { RequestRow } from './control-protocol.js';
import type { StatusDocument } from './status-document.js';

/** After `login` or `logout`: the sign-in is read again. */
export const answerReload: RequestRow<object, { readonly status: StatusDocument }> = {
  parse: () => ({}),
  handle: async (_, { library, status }) => {
    // A mount that is only starting reads it anyway; that Google refuses it is part of the status.
    await Promise.resolve()
      .then(() => library().reloadSignIn())
      .catch(() => undefined);
    return { status: status() };
  },
};
