import type { TokenSource } from '../library/token-source.js';
import { remoteErrorFrom, type PlainRemoteError } from './sync-messages.js';

interface Waiting {
  readonly resolve: (token: string) => void;
  readonly reject: (error: Error) => void;
}

/** Access tokens asked for over a message port: one question at a time for the same refused token, however many wait. */
export class PortTokens {
  readonly #ask: (id: number, refused: string | undefined) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #shared = new Map<string | undefined, Promise<string>>();
  #nextId = 1;

  constructor(ask: (id: number, refused: string | undefined) => void) {
    this.#ask = ask;
  }

  readonly source: TokenSource = (refused) => {
    const asked = this.#shared.get(refused);
    if (asked !== undefined) return asked;
    const id = this.#nextId++;
    const answer = new Promise<string>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    }).finally(() => this.#shared.delete(refused));
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
