import { ArchiveError } from './archive-error.js';
import type { OperationName } from './archive-requests.js';

/** A request from the moment it is made until its thread has answered. */
export interface ArchiveJob {
  readonly name: OperationName;
  readonly asks: object;
  readonly path: string;
  /** Jobs of one device share its threads. */
  readonly device: string;
  readonly urgency: 'foreground' | 'background';
  readonly take: ((piece: unknown) => void) | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Checks of the deadline since it was made, or since its last piece came. */
  checks: number;
  /** Its caller has an answer or an error. Its thread may still hang. */
  isOver: boolean;
}

/** Decides which job a thread gets next: only some at a time for a device, readers first. */
export class WaitingLine {
  readonly #start: (job: ArchiveJob) => void;
  readonly #mostOfDevice: number;
  readonly #waiting: ArchiveJob[] = [];
  readonly #running = new Set<ArchiveJob>();

  /** `mostOfDevice`: threads that may read one device at a time. */
  constructor(start: (job: ArchiveJob) => void, mostOfDevice: number) {
    this.#start = start;
    this.#mostOfDevice = mostOfDevice;
  }

  /** A caller waits. */
  get isBusy(): boolean {
    return this.#waiting.length > 0 || [...this.#running].some(({ isOver }) => !isOver);
  }

  add(job: ArchiveJob): void {
    if (this.#mayRun(job)) this.#run(job);
    else this.#waiting.push(job);
  }

  /** Its thread is free, or gone. */
  ended(job: ArchiveJob): void {
    this.#running.delete(job);
    for (const urgency of ['foreground', 'background'] as const) {
      for (const next of this.#waiting.filter((waiting) => waiting.urgency === urgency)) {
        if (!this.#mayRun(next)) continue;
        this.#waiting.splice(this.#waiting.indexOf(next), 1);
        this.#run(next);
      }
    }
  }

  /** The device has answered something: work in the background that waits for it goes on waiting. */
  answered(device: string): void {
    for (const job of this.#waiting) if (job.device === device && job.urgency === 'background') job.checks = 0;
  }

  /** One check: jobs that have waited through `most` of them fail. */
  check(most: number): void {
    for (const job of [...this.#waiting, ...this.#running]) {
      job.checks += 1;
      if (job.isOver || job.checks <= most) continue;
      fail(job, new ArchiveError('silent', job.path, `${job.path} cannot be read: the drive does not answer`));
      const at = this.#waiting.indexOf(job);
      if (at !== -1) this.#waiting.splice(at, 1);
    }
  }

  failAll(errorOf: (job: ArchiveJob) => Error): void {
    for (const job of [...this.#waiting.splice(0), ...this.#running]) fail(job, errorOf(job));
  }

  #run(job: ArchiveJob): void {
    this.#running.add(job);
    // The time that it waited for a thread counts: a person waits no longer than the deadline.
    this.#start(job);
  }

  #mayRun({ device, urgency }: ArchiveJob): boolean {
    const same = [...this.#running].filter((job) => job.device === device);
    if (same.length >= this.#mostOfDevice) return false;
    return urgency === 'foreground' || !same.some((job) => job.urgency === 'background');
  }
}

export function fail(job: ArchiveJob, error: Error): void {
  if (job.isOver) return;
  job.isOver = true;
  job.reject(error);
}
