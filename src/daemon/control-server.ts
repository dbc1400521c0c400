import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { checkOwnFile, type FileRules } from '../support/own-file.js';
import { UserError, ExitCode } from '../support/user-error.js';
import { LONGEST_REQUEST, type Tell } from './control-protocol.js';
import { parseRequest, type ControlReply, type ControlRequest } from './control-requests.js';

export type ControlHandler = (request: ControlRequest, tell: Tell) => Promise<ControlReply>;

/** What a path must be to become, or to be, the control socket. */
export const SOCKET: FileRules = {
  what: 'the control socket',
  exitCode: ExitCode.config,
  kind: 'socket',
};

/**
 * The daemon's end of the control socket: JSON lines, one answer for each request. Only its owner may connect (0600).
 */
export class ControlServer {
  readonly #handle: ControlHandler;
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;
  #place: { readonly file: string; readonly inode: number } | undefined;

  constructor(handle: ControlHandler) {
    this.#handle = handle;
  }

  /** Where it listens; undefined while it does not. */
  get socketFile(): string | undefined {
    return this.#place?.file;
  }

  /** Whether clients can still find the socket: its file is there, and is the one that was made. */
  isReachable(): boolean {
    if (this.#place === undefined) return false;
    const { file, inode } = this.#place;
    try {
      return lstatSync(file).ino === inode;
    } catch {
      return false;
    }
  }

  /**
   * Listens there from now on; open connections continue. Call only while holding the profile's lock: a socket that
   * exists is then a dead daemon's. Rejects with UserError if something else is there, or with the system's error.
   */
  async listen(socketFile: string): Promise<void> {
    checkOwnFile(socketFile, SOCKET);
    // Closed first: closing takes the file of that name away.
    this.#server?.close();
    this.#place = undefined;
    rmSync(socketFile, { force: true });
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketFile, resolve);
    });
    // Until then, the folder's 0700 keeps others out.
    chmodSync(socketFile, 0o600);
    this.#place = { file: socketFile, inode: lstatSync(socketFile).ino };
  }

  /** Answers already being sent still arrive. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#server === undefined) resolve();
      else this.#server.close(() => resolve());
      for (const socket of this.#connections) socket.destroySoon();
    });
  }

  #serve(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    // A client may disconnect at any time.
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8');
    let pending = '';
    socket.on('data', (chunk: string) => {
      pending += chunk;
      for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 1);
        void this.#answer(line, socket);
      }
      if (pending.length > LONGEST_REQUEST) socket.destroy();
    });
  }

  async #answer(line: string, socket: Socket): Promise<void> {
    const request = parseRequest(line);
    let reply: ControlReply;
    try {
      reply =
        request === undefined
          ? {
              ok: false,
              message: 'The request is not one that this version knows.',
              hint: '',
              exitCode: ExitCode.usage,
            }
          : await this.#handle(request, (progress) => {
              if (!socket.destroyed) socket.write(`${JSON.stringify(progress)}\n`);
              return !socket.destroyed;
            });
    } catch (error) {
      reply =
        error instanceof UserError
          ? { ok: false, message: error.message, hint: error.hint, exitCode: error.exitCode }
          : { ok: false, message: String(error), hint: 'Look into the log.', exitCode: ExitCode.internal };
    }
    if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`);
  }
}
