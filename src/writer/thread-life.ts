import type { ResourceLimits, Worker } from 'node:worker_threads';
import type { Logger } from '../support/logger.js';
import { startThread } from '../support/start-thread.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { FromWriter, ToWriter } from './messages.js';
import type { WriterData } from './writer-data.js';
import { userErrorFrom } from './plain-errors.js';
import type { TaskName } from './task.js';
import { TASKS } from './tasks.js';

export interface ThreadLifeDeps {
  readonly data: WriterData;
  /** The module that the thread runs. */
  readonly entry: URL;
  readonly limits: ResourceLimits | undefined;
  readonly log: Logger;
  readonly onMessage: (message: FromWriter) => void;
}

/** Size of V8's young generation. V8's own default would save little time and cost 40 MiB more. */
const YOUNG_GENERATION_MB = 12;
/** Time for the thread to end its request or transaction before it is terminated. */
const STOP_DEADLINE_MS = 5000;

/** The writer thread from its start to its end, as the main thread sees it. */
export class ThreadLife {
  readonly #worker: Worker;
  /** Resolves with the reason when the thread is gone. */
  readonly ended: Promise<UserError>;
  #whenAlive: (() => void)[] = [];

  constructor({ data, entry, limits, log, onMessage }: ThreadLifeDeps) {
    const worker = startThread(entry, {
      workerData: data,
      name: 'writer',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB, ...limits },
    });
    this.#worker = worker;
    let reason = new UserError(
      ExitCode.internal,
      'The thread that writes the catalog ended by itself.',
      'See the log for more.',
    );
    const crashed = (message: string, stack: string): void => {
      log.log('error', stack);
      reason = stoppedByFault('sync', message);
    };
    worker.on('error', (error: unknown) => {
      if (error instanceof Error) crashed(error.message, error.stack ?? error.message);
      else crashed(String(error), String(error));
    });
    worker.on('message', (message: FromWriter) => {
      if (message.type === 'alive') for (const resolve of this.#whenAlive.splice(0)) resolve();
      else if (message.type === 'fault') crashed(message.fault.message, message.fault.stack);
      else if (message.type === 'failed') reason = userErrorFrom(message.error);
      else onMessage(message);
    });
    this.ended = new Promise((resolve) => worker.once('exit', () => resolve(reason)));
  }

  post(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  /** Resolves when the thread answers. Stays pending if it is stuck or ends. */
  alive(): Promise<void> {
    this.post({ type: 'ask-alive' });
    return new Promise((resolve) => this.#whenAlive.push(resolve));
  }

  /** Resolves when the thread has ended and everything it knew is written. */
  async stop(): Promise<void> {
    this.post({ type: 'stop' });
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_DEADLINE_MS);
    await this.ended;
    clearTimeout(timer);
  }
}

/** What a person is told of a task that a fault stopped. */
export function stoppedByFault(task: TaskName, message: string): UserError {
  const { what, meanwhile } = TASKS[task];
  return new UserError(ExitCode.internal, `${what} stopped by a fault: ${message}.`, meanwhile);
}
