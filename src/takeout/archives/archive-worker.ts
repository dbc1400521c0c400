import type { Worker } from 'node:worker_threads';
import { messageOf } from '../../support/message-of.js';
import { startThread } from '../../support/start-thread.js';
import { ArchiveError } from './archive-error.js';
import type { FromArchiveThread, ToArchiveThread } from './archive-requests.js';
import { fail, type ArchiveJob } from './waiting-line.js';

export interface WorkerEvents {
  readonly answered: (job: ArchiveJob) => void;
  /** The thread has answered, or has ended, so that its job is not under way any more. */
  readonly free: (job: ArchiveJob) => void;
  readonly gone: () => void;
}

/** Megabytes of V8's young generation; the threads hold little. */
const YOUNG_GENERATION_MB = 4;

/** A thread that reads archives, with one job at a time. */
export class ArchiveWorker {
  readonly #worker: Worker;
  readonly #events: WorkerEvents;
  /** Under way; a hanging thread keeps it although its caller has an error. */
  job: ArchiveJob | undefined;
  lastPath = '';

  constructor(entry: URL, workerData: unknown, events: WorkerEvents) {
    this.#events = events;
    this.#worker = startThread(entry, {
      workerData,
      name: 'archives',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#worker.on('message', (message: FromArchiveThread) => this.#take(message));
    this.#worker.on('error', (error: unknown) => this.#crashed(messageOf(error)));
    this.#worker.on('exit', () => this.#crashed('its thread ended'));
    // It does not keep a process alive that has nothing else to do.
    this.#worker.unref();
  }

  start(job: ArchiveJob): void {
    this.job = job;
    this.lastPath = job.path;
    // A caller waits: the process must not end before the answer.
    this.#worker.ref();
    const request = { name: job.name, asks: job.asks } as ToArchiveThread;
    this.#worker.postMessage(request, request.name === 'read' ? [request.asks.buffer] : []);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(message: FromArchiveThread): void {
    const { job } = this;
    if (job === undefined) return;
    this.#events.answered(job);
    if (message.type === 'piece') {
      job.checks = 0;
      if (!job.isOver) job.take?.(message.value);
      return;
    }
    this.#free(job);
    // Too late an answer is dropped.
    if (job.isOver) return;
    if (message.type === 'failed') {
      const { fault, file, message: words } = message.error;
      fail(job, new ArchiveError(fault, file, words));
    } else {
      job.isOver = true;
      job.resolve(message.value);
    }
  }

  #free(job: ArchiveJob): void {
    this.job = undefined;
    this.#worker.unref();
    this.#events.free(job);
  }

  #crashed(words: string): void {
    const { job } = this;
    this.#events.gone();
    if (job === undefined) return;
    fail(job, new ArchiveError('unreadable', job.path, `${job.path} cannot be read: ${words}`));
    this.#free(job);
  }
}
