import { EventEmitter } from 'node:events';
import type { ResourceLimits } from 'node:worker_threads';
import type { TokenSource } from '../library/token-source.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import type { Logger } from '../support/logger.js';
import type { UserError } from '../support/user-error.js';
import type { SyncSettings } from '../sync/sync-settings.js';
import type { FromWriter, TaskTells, TellTask } from './messages.js';
import type { WriterData } from './writer-data.js';
import { plainRemoteError, userErrorFrom, type PlainFault } from './plain-errors.js';
import { Restart } from './restart.js';
import type { TaskName } from './task.js';
import { forEachTask, TASKS } from './tasks.js';
import { stoppedByFault, ThreadLife } from './thread-life.js';

export interface WriterDeps {
  /** Called for each start of the thread. */
  readonly data: () => WriterData;
  /** Called on this thread, the only one that has credentials. */
  readonly token: TokenSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** The module that the thread runs. Tests replace this and the following. */
  readonly entry?: URL | undefined;
  /** Default: those of the process. */
  readonly limits?: ResourceLimits | undefined;
  /** Given to that module besides the thread's own data. */
  readonly extra?: object | undefined;
}

export interface WriterEvents {
  /** The task runs. */
  started: [task: TaskName];
  /** The task ended, or could not be started; `ofThread` where the whole thread did. It is started again. */
  failed: [task: TaskName, reason: UserError, ofThread: boolean];
  told: [told: TaskTells];
}

interface TaskState {
  isWanted: boolean;
  state: 'off' | 'starting' | 'running';
  readonly restart: Restart;
}

/** Longest wait before a thread is started again that ended although no task can be blamed. */
const LONGEST_WAIT_MS = 5 * 60_000;

/**
 * The writer thread as the main thread sees it: keeps the thread and its tasks running. Nothing here waits for an
 * answer but {@link isWell} and {@link stop}.
 */
export class Writer extends EventEmitter<WriterEvents> {
  readonly #deps: WriterDeps;
  readonly #tasks: Readonly<Record<TaskName, TaskState>>;
  readonly #restart: Restart;
  #life: ThreadLife | undefined;
  #isReady = false;
  readonly #stopping = new AbortController();

  constructor(deps: WriterDeps) {
    super();
    this.#deps = deps;
    this.#tasks = forEachTask((name) => ({
      isWanted: false,
      state: 'off',
      restart: new Restart(deps.clock, TASKS[name].longestWaitMs),
    }));
    this.#restart = new Restart(deps.clock, LONGEST_WAIT_MS);
  }

  /** Keeps the thread running until stopped. Never rejects: without it the mount still shows what is known. */
  async run(): Promise<void> {
    for (;;) {
      this.#restart.began();
      const life = this.#begin();
      const reason = await life.ended;
      if (this.#isStopping()) return;
      this.#life = undefined;
      this.#isReady = false;
      this.#deps.log.log('error', reason.message);
      // A crash that a task may have caused is that task's: the thread comes back at once, for the others.
      if (!this.#blame(reason)) await this.#restart.wait();
      if (this.#isStopping()) return;
    }
  }

  /** From now on the task runs whenever the thread does. */
  start(name: TaskName): void {
    this.#tasks[name].isWanted = true;
    this.#startTask(name);
  }

  isRunning(name: TaskName): boolean {
    return this.#tasks[name].state === 'running';
  }

  /** Drops the message where the task does not run. */
  tell(message: TellTask): void {
    if (this.isRunning(message.task)) this.#life?.post({ type: 'tell', ...message });
  }

  /** Changes the settings of the running thread. */
  configure(settings: SyncSettings): void {
    this.#life?.post({ type: 'configure', settings });
  }

  /** Ends the waits for the next start of the thread and of this task. */
  hurry(name: TaskName): void {
    this.#restart.hurry();
    this.#tasks[name].restart.hurry();
  }

  /** Resolves with true where the thread answers within `ms` milliseconds, or where it is being started again. */
  async isWell(ms: number): Promise<boolean> {
    const life = this.#life;
    if (life === undefined || !this.#isReady) return true;
    const late = new Error('the thread did not answer');
    return withinDeadline(
      this.#deps.clock,
      ms,
      () => life.alive(),
      () => late,
    ).then(
      () => true,
      // It may have ended meanwhile: then it is started again.
      () => this.#life !== life,
    );
  }

  /** Resolves when the thread has ended and everything it knew is written. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#restart.hurry();
    for (const { restart } of Object.values(this.#tasks)) restart.hurry();
    await this.#life?.stop();
  }

  /** Asked by a call, since it changes while something is awaited. */
  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #begin(): ThreadLife {
    const { data, entry = new URL('./writer-thread.js', import.meta.url), limits, extra, log } = this.#deps;
    const life: ThreadLife = new ThreadLife({
      ...{ data: { ...data(), ...extra }, entry, limits, log },
      onMessage: (message) => this.#take(life, message),
    });
    this.#life = life;
    return life;
  }

  #take(life: ThreadLife, message: FromWriter): void {
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        forEachTask((name) => this.#startTask(name));
        break;
      case 'started':
        this.#tasks[message.task].state = 'running';
        this.emit('started', message.task);
        break;
      case 'task-failed':
        this.#taskFailed(message.task, message.fault);
        break;
      case 'told':
        this.emit('told', message);
        break;
      case 'token-request':
        void this.#answerToken(life, message.id, message.refused);
        break;
      case 'log':
        this.#deps.log.log(message.level, message.message);
        break;
      case 'alive':
      case 'failed':
      case 'fault':
        break;
    }
  }

  #startTask(name: TaskName): void {
    const task = this.#tasks[name];
    if (!task.isWanted || !this.#isReady || this.#isStopping() || task.state !== 'off' || task.restart.isWaiting)
      return;
    task.state = 'starting';
    task.restart.began();
    this.#life?.post({ type: 'start', task: name });
  }

  #taskFailed(name: TaskName, { message, stack, forPerson }: PlainFault): void {
    if (this.#isStopping()) return;
    this.#deps.log.log('error', stack);
    this.#tasks[name].state = 'off';
    void this.#startLater(name);
    const reason = forPerson === undefined ? stoppedByFault(name, message) : userErrorFrom(forPerson);
    this.emit('failed', name, reason, false);
  }

  async #startLater(name: TaskName): Promise<void> {
    await this.#tasks[name].restart.wait();
    this.#startTask(name);
  }

  /** Tells of all tasks that the thread ended, and makes those wait that may be the cause. True where there are any. */
  #blame(reason: UserError): boolean {
    const suspected = forEachTask((name) => {
      const task = this.#tasks[name];
      const isSuspected = TASKS[name].isSuspect && task.state !== 'off';
      task.state = 'off';
      if (isSuspected) void this.#startLater(name);
      if (task.isWanted) this.emit('failed', name, reason, true);
      return isSuspected;
    });
    return Object.values(suspected).includes(true);
  }

  async #answerToken(life: ThreadLife, id: number, refused: string | undefined): Promise<void> {
    try {
      life.post({ type: 'token', id, token: await this.#deps.token(refused) });
    } catch (error) {
      life.post({ type: 'token-failed', id, error: plainRemoteError(error) });
    }
  }
}
