import type { MaybePromise } from '../support/maybe-promise.js';
import type { Logger } from '../support/logger.js';
import { traceOf } from '../support/message-of.js';
import { errnoResult, errnoResultOf } from './errno.js';
import type { FuseBinding, FuseRequest } from './fuse-binding.js';
import type { OpenFiles } from './open-files.js';
import type { WaitingRequests } from './waiting-requests.js';

/** What the handlers of the kernel's calls share. */
export interface OperationDeps {
  readonly binding: FuseBinding;
  readonly files: OpenFiles;
  readonly readOnly: boolean;
  readonly platform: NodeJS.Platform;
  readonly log: Logger;
  /** Requests that cannot be answered at once. */
  readonly waits: WaitingRequests;
  /** Called when the kernel starts to send requests. */
  onInit(): void;
}

/** How to treat a request whose process is killed before the answer. */
interface LateAnswer<T> {
  /** Called instead of answering EINTR: asks for an early end of the work, which then gives the answer. */
  readonly interrupt?: () => boolean;
  /** Takes a value that comes after the request was answered. */
  readonly drop?: (value: T) => void;
}

/** Answers requests: each exactly once, with a value or with an errno. */
export class Answering {
  readonly #deps: OperationDeps;

  constructor(deps: OperationDeps) {
    this.#deps = deps;
  }

  /** The errno result of what was thrown; an error that is no FsError is logged, and becomes EIO. */
  failure(operation: string, path: string, thrown: unknown): number {
    const known = errnoResultOf(thrown, this.#deps.platform);
    if (known !== undefined) return known;
    // A lazily unmounted mount still sends requests while the program is shutting down.
    if (this.#deps.files.isClosed) return errnoResult('EIO');
    const what = traceOf(thrown);
    this.#deps.log.log('error', `${operation} of ${JSON.stringify(path)} failed inside the program: ${what}`);
    return errnoResult('EIO');
  }

  /**
   * Answers with the outcome of `ask`. `reply` turns a value into the answer, and may throw before it has answered. If
   * the process is killed while the request waits, the answer is EINTR, and a value that comes later goes to
   * `late.drop`.
   */
  settle<T>(
    request: FuseRequest,
    operation: string,
    path: string,
    ask: () => MaybePromise<T>,
    reply: (value: T) => void,
    fail: (result: number) => void,
    late: LateAnswer<T> = {},
  ): void {
    let answer: MaybePromise<T>;
    try {
      answer = ask();
      if (!(answer instanceof Promise)) {
        reply(answer);
        return;
      }
    } catch (thrown) {
      fail(this.failure(operation, path, thrown));
      return;
    }
    const interrupt =
      late.interrupt ??
      ((): boolean => {
        fail(errnoResult('EINTR'));
        return true;
      });
    const wait = this.#deps.waits.add(request, interrupt);
    answer.then(
      (value) => {
        if (!wait.end()) late.drop?.(value);
        else {
          try {
            reply(value);
          } catch (thrown) {
            fail(this.failure(operation, path, thrown));
          }
        }
      },
      (thrown: unknown) => {
        if (wait.end()) fail(this.failure(operation, path, thrown));
      },
    );
  }
}
