import type { RequestRow } from './control-protocol.js';
import type { StatusDocument } from './status-document.js';

export const answerStatus: RequestRow<object, { readonly status: StatusDocument }> = {
  parse: () => ({}),
  handle: (_, { status }) => Promise.resolve({ status: status() }),
};
