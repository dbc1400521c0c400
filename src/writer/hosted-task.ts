import { AsyncLocalStorage } from 'node:async_hooks';
import type { FromWriter, TaskTells } from './messages.js';
import { plainFault } from './plain-errors.js';
import type { FromTask, MakeTask, Task, TaskContext, TaskName, TaskRow, ToTask } from './task.js';

interface Life<Name extends TaskName> {
  readonly stopping: AbortController;
  task: Task<Name> | undefined;
  /** Why it ends, once it has failed. */
  fault: { readonly reason: unknown } | undefined;
}

export interface HostedTaskDeps<Name extends TaskName> {
  readonly name: Name;
  readonly row: TaskRow<Name>;
  readonly context: TaskContext;
  readonly post: (message: FromWriter) => void;
  /** The task failed and does not end: the thread cannot be trusted any more. */
  readonly onStuck: (reason: unknown) => void;
}

/** Time for a task that failed to end what it has under way. */
const END_MS = 5000;

/** Whose code runs: promises, timers and callbacks of a task belong to it. */
const running = new AsyncLocalStorage<{ crash(reason: unknown): void }>();

/** Ends the task whose code threw; false where it was the code of none. */
export function blameTask(reason: unknown): boolean {
  const task = running.getStore();
  task?.crash(reason);
  return task !== undefined;
}

/** A task with what it takes to end it, and it alone, whatever it throws. */
export class HostedTask<Name extends TaskName> {
  readonly #deps: HostedTaskDeps<Name>;
  #life: Life<Name> | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(deps: HostedTaskDeps<Name>) {
    this.#deps = deps;
  }

  /** Begins it, unless it runs. `started` follows, or `task-failed`. */
  start(): void {
    if (this.#life !== undefined) return;
    const life: Life<Name> = { stopping: new AbortController(), task: undefined, fault: undefined };
    this.#life = life;
    this.#ended = this.#within(life, () => this.#run(life));
  }

  /** Dropped where it does not run: what must not be lost is sent again. */
  take(message: ToTask<Name>): void {
    const life = this.#life;
    if (life?.task === undefined || life.fault !== undefined) return;
    const { task } = life;
    this.#within(life, () => {
      try {
        task.take(message);
      } catch (error) {
        this.#crash(life, error);
      }
    });
  }

  rest(): void {
    this.#life?.task?.rest?.();
  }

  async stop(): Promise<void> {
    this.#life?.stopping.abort(new Error('the program ends'));
    await this.#ended;
  }

  #crash(life: Life<Name>, reason: unknown): void {
    if (this.#life !== life || life.stopping.signal.aborted) {
      // What an ended life left behind must not end the next one.
      this.#deps.context.log('warn', `${this.#deps.name}, after its end: ${plainFault(reason).stack}`);
      return;
    }
    life.fault = { reason };
    life.stopping.abort(reason);
    const timer = setTimeout(() => this.#deps.onStuck(reason), END_MS);
    void this.#ended.finally(() => clearTimeout(timer));
  }

  /** Code that is called here, and all that it begins, is the code of this life. */
  #within<T>(life: Life<Name>, work: () => T): T {
    return running.run({ crash: (reason) => this.#crash(life, reason) }, work);
  }

  async #run(life: Life<Name>): Promise<void> {
    const { name, row, context, post } = this.#deps;
    const { signal } = life.stopping;
    try {
      const make: MakeTask<Name> = await row.load();
      if (signal.aborted) return;
      const tell = (message: FromTask<Name>): void => {
        // What it says of its own end would hide that it failed.
        if (this.#life !== life || life.fault !== undefined) return;
        post({ type: 'told', ...({ task: name, message } as TaskTells) });
      };
      life.task = make(context, tell);
      post({ type: 'started', task: name });
      await life.task.run(signal);
      if (!life.stopping.signal.aborted) life.fault = { reason: new Error('it ended by itself') };
    } catch (reason) {
      life.fault ??= { reason };
    } finally {
      this.#life = undefined;
      const { fault } = life;
      if (fault !== undefined) post({ type: 'task-failed', task: name, fault: plainFault(fault.reason) });
    }
  }
}
