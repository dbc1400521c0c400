import { RemoteError } from '../library/remote-error.js';
import type { TokenSource } from '../library/token-source.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import { remoteErrorFrom, type PlainRemoteError } from './plain-errors.js';

interface Waiting {
  readonly resolve: (token: string) => void;
  readonly reject: (error: Error) => void;
}

/** Longer than the deadlines of the main thread, which answers. */
const DEADLINE_MS = 60_000;

/** Gets access tokens over a message port. Callers with the same refused token share one request. */
export class PortTokens {
  readonly #clock: Clock;
  readonly #ask: (id: number, refused: string | undefined) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #shared = new Map<string | undefined, Promise<string>>();
  #nextId = 1;

  constructor(clock: Clock, ask: (id: number, refused: string | undefined) => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  readonly source: TokenSource = (refused) => {
    const asked = this.#shared.get(refused);
    if (asked !== undefined) return asked;
    const id = this.#nextId++;
    const arrival = new Promise<string>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    const answer = withinDeadline(this.#clock, DEADLINE_MS, () => arrival, notInTime).finally(() => {
      this.#waiting.delete(id);
      this.#shared.delete(refused);
    });
    this.#shared.set(refused, answer);
    this.#ask(id, refused);
    return answer;
  };

  arrived(id: number, token: string): void {
    this.#waiting.get(id)?.resolve(token);
    this.#waiting.delete(id);
  }

  failed(id: number, error: PlainRemoteError): void {
    this.#waiting.get(id)?.reject(remoteErrorFrom(error));
    this.#waiting.delete(id);
  }
}

function notInTime(): RemoteError {
  return new RemoteError('server', `No access token came within ${DEADLINE_MS / 1_000} s.`, { reason: 'TOKEN_LATE' });
}
