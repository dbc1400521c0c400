import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { openBrowser } from '../account/open-browser.js';
import type { Person as AccountPerson } from '../account/login.js';
import { qrLines } from './qr-code.js';
import { decodeText } from '../support/decode-text.js';

export interface TerminalPersonOptions {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly say: (line: string) => void;
  /** Width of the terminal; undefined where the output is none. */
  readonly columns: number | undefined;
}

/** The person at this terminal: lines typed there, and a browser beside it. */
export class TerminalPerson implements AccountPerson {
  readonly #options: TerminalPersonOptions;
  #reader: Interface | undefined;
  readonly #lines: string[] = [];
  readonly #waiting: ((line: string | undefined) => void)[] = [];
  #ended = false;

  constructor(options: TerminalPersonOptions) {
    this.#options = options;
  }

  get isInteractive(): boolean {
    return this.#options.stdin.isTTY === true;
  }

  nextLine(): Promise<string | undefined> {
    this.#listen();
    const line = this.#lines.shift();
    if (line !== undefined || this.#ended) return Promise.resolve(line);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  openBrowser(url: string): Promise<boolean> {
    return openBrowser(url, this.#options.env, this.#options.platform);
  }

  showForCamera(url: string): void {
    const { columns, say } = this.#options;
    if (columns === undefined) return;
    const picture = qrLines(url);
    if (picture === undefined || (picture[0]?.length ?? 0) > columns) return;
    say('Or read it with the camera of a telephone:');
    for (const line of picture) say(line);
  }

  close(): void {
    this.#reader?.close();
    this.#options.stdin.pause();
  }

  #listen(): void {
    if (this.#reader !== undefined) return;
    this.#reader = createInterface({ input: this.#options.stdin, terminal: false });
    this.#reader.on('line', (line) => {
      const taker = this.#waiting.shift();
      if (taker === undefined) this.#lines.push(line);
      else taker(line);
    });
    this.#reader.on('close', () => {
      this.#ended = true;
      for (const taker of this.#waiting.splice(0)) taker(undefined);
    });
  }
}

const MOST = 64 * 1024;

/** Everything that comes on standard input, as far as it is worth reading. */
export async function readAll(stdin: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stdin) {
    const bytes = Buffer.from(piece as Buffer | string);
    pieces.push(bytes);
    length += bytes.length;
    if (length > MOST) break;
  }
  return decodeText(Buffer.concat(pieces));
}
