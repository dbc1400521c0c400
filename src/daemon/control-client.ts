import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ControlReply, ControlRequest } from './control-protocol.js';
import type { StatusDocument } from './status-document.js';

/**
 * The daemon's answer; undefined where no daemon listens on that socket. Rejects where one does but does not answer in time.
 * After `unmount` it comes when the daemon has let go of everything, so that the next start is not refused.
 */
export function askDaemon(
  socketFile: string,
  request: ControlRequest,
  timeoutMs: number,
): Promise<ControlReply | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketFile);
    let text = '';
    let reply: ControlReply | undefined;
    let connected = false;
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      connected = true;
      socket.write(`${JSON.stringify(request)}\n`);
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0 || reply !== undefined) return;
      reply = JSON.parse(text.slice(0, end)) as ControlReply;
      if (!reply.ok || request.command !== 'unmount') socket.end();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const nobody = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      if (nobody && !connected) resolve(undefined);
      else reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      // Closed without an answer: the daemon was on its way out.
      resolve(reply);
    });
  });
}

/** Sockets of all profiles, running or dead. */
export function socketFiles(runtimeDir: string): string[] {
  let names: string[];
  try {
    names = readdirSync(runtimeDir);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.sock'))
    .sort()
    .map((name) => join(runtimeDir, name));
}

export interface RunningDaemon {
  readonly socketFile: string;
  readonly status: StatusDocument;
}

/** Every daemon of this user that answers. */
export async function runningDaemons(runtimeDir: string, timeoutMs: number): Promise<RunningDaemon[]> {
  const asked = await Promise.allSettled(
    socketFiles(runtimeDir).map(async (socketFile) => {
      const reply = await askDaemon(socketFile, { command: 'status' }, timeoutMs);
      return reply?.ok === true && 'status' in reply ? { socketFile, status: reply.status } : undefined;
    }),
  );
  return asked.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []));
}
