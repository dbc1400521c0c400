import { connect } from 'node:net';
import type { ControlProgress } from './control-protocol.js';
import type { ControlReply, ControlRequest } from './control-requests.js';

/**
 * The daemon's answer; undefined if no daemon listens on that socket. Rejects if one listens but does not answer in
 * time; each progress report restarts that time. `unmount` is answered when the daemon has released everything, so that
 * the next start is not refused.
 */
export function askDaemon(
  socketFile: string,
  request: ControlRequest,
  timeoutMs: number,
  onProgress?: (progress: ControlProgress['progress']) => void,
): Promise<ControlReply | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketFile);
    let text = '';
    let reply: ControlReply | undefined;
    let connected = false;
    const tooLate = (): void => void socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
    let timer = setTimeout(tooLate, timeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      connected = true;
      socket.write(`${JSON.stringify(request)}\n`);
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf('\n'); end >= 0 && reply === undefined; end = text.indexOf('\n')) {
        const line = JSON.parse(text.slice(0, end)) as ControlReply | ControlProgress;
        text = text.slice(end + 1);
        if ('ok' in line) reply = line;
        else {
          clearTimeout(timer);
          timer = setTimeout(tooLate, timeoutMs);
          onProgress?.(line.progress);
        }
      }
      if (reply === undefined) return;
      if (!reply.ok || request.command !== 'unmount') socket.end();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const isAbsent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      if (isAbsent && !connected) resolve(undefined);
      else reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      // Closed without an answer: the daemon is ending.
      resolve(reply);
    });
  });
}
