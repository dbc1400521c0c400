import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { UserError, ExitCode } from '../support/user-error.js';
import {
  LONGEST_REQUEST,
  parseRequest,
  type ControlProgress,
  type ControlReply,
  type ControlRequest,
} from './control-protocol.js';

export type ControlHandler = (
  request: ControlRequest,
  /** False: nobody listens any more. */
  tell: (progress: ControlProgress) => boolean,
) => Promise<ControlReply>;

/** The daemon's end of the control socket: JSON lines, one answer for each request. Only its owner may connect (0600). */
export class ControlServer {
  private readonly server: Server;
  private readonly connections = new Set<Socket>();

  constructor(
    private readonly socketFile: string,
    private readonly handle: ControlHandler,
  ) {
    this.server = createServer((socket) => this.serve(socket));
  }

  /** Call only while holding the profile's lock: a socket file found is then a dead daemon's. */
  run(): Promise<void> {
    rmSync(this.socketFile, { force: true });
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      // Until the chmod, the folder's 0700 keeps others out.
      this.server.listen(this.socketFile, () => {
        chmodSync(this.socketFile, 0o600);
        resolve();
      });
    });
  }

  /** Answers already being sent still arrive. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.connections) socket.destroySoon();
    });
  }

  private serve(socket: Socket): void {
    this.connections.add(socket);
    socket.on('close', () => this.connections.delete(socket));
    // A client that goes away in the middle concerns nobody.
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8');
    let pending = '';
    socket.on('data', (chunk: string) => {
      pending += chunk;
      for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 1);
        void this.answer(line, socket);
      }
      if (pending.length > LONGEST_REQUEST) socket.destroy();
    });
  }

  private async answer(line: string, socket: Socket): Promise<void> {
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
          : await this.handle(request, (progress) => {
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
