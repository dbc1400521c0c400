import type { MessagePort } from 'node:worker_threads';
import type { Answers } from './answer-archive.js';
import { plainArchiveError } from './archive-error.js';
import type { FromArchiveThread, OperationName, ToArchiveThread } from './archive-requests.js';

/** Answers the requests that come over the port, one after the other. Tests hand in answers that wait. */
export function serveArchives(port: MessagePort, answers: Answers): void {
  const post = (message: FromArchiveThread, buffer?: ArrayBuffer): void =>
    port.postMessage(message, buffer === undefined ? [] : [buffer]);
  const answer = async (request: ToArchiveThread): Promise<void> => {
    const failed = (error: unknown): void => post({ type: 'failed', error: plainArchiveError(error, nameOf(request)) });
    try {
      // The table and the request agree by their type; the compiler does not follow it through the name.
      const one = answers[request.name] as (asks: unknown, send: (value: unknown) => void) => unknown;
      const result = one(request.asks, (value) => post({ type: 'piece', value }));
      // Most answers are there at once: no turn of the loop is spent on them.
      const value = result instanceof Promise ? ((await result) as unknown) : result;
      post({ type: 'answer', value }, request.name === 'read' ? request.asks.buffer : undefined);
    } catch (error) {
      failed(error);
    }
  };
  port.on('message', (request: ToArchiveThread) => void answer(request));
}

function nameOf(request: ToArchiveThread): string {
  const { asks } = request as { readonly name: OperationName; readonly asks: object };
  if ('path' in asks) return String(asks.path);
  if ('part' in asks) return (asks.part as { readonly path: string }).path;
  return 'a file';
}
