import { messageOf } from '../support/message-of.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { DaemonConfig } from './daemon-config.js';
import type { LaunchMessage, LaunchReply } from './launch-messages.js';

interface StartHooks {
  readonly onReady: () => void;
  /** The start takes longer than usual. */
  readonly onBusy: () => void;
}

type RunDaemon = (config: DaemonConfig, hooks: StartHooks) => Promise<ExitCode>;

/**
 * The background process: gets its configuration over IPC, reports to the launching command how the start went, and
 * goes on alone.
 */
export async function runBackgroundChild(run: RunDaemon): Promise<ExitCode> {
  // The launching command takes the other end of stderr with it.
  process.stderr.on('error', () => undefined);
  const config = await firstMessage();
  process.title = `gphotos-mount ${config.mountpoint}`;
  const start = { told: false };
  try {
    return await run(config, {
      onReady: () => {
        start.told = true;
        void tell({ kind: 'ready' });
      },
      onBusy: () => void process.send?.({ kind: 'busy' } satisfies LaunchReply),
    });
  } catch (error) {
    if (start.told) throw error;
    const known = error instanceof UserError;
    await tell({
      kind: 'failed',
      exitCode: known ? error.exitCode : ExitCode.internal,
      message: known ? error.message : `The start failed: ${messageOf(error)}`,
      hint: known ? error.hint : `Look into ${config.logFile ?? config.paths.logFile}.`,
    });
    return known ? error.exitCode : ExitCode.internal;
  }
}

function firstMessage(): Promise<DaemonConfig> {
  return new Promise((resolve, reject) => {
    process.once('message', (message: LaunchMessage) => resolve(message.config));
    process.once('disconnect', () => {
      reject(new UserError(ExitCode.usage, 'This is started by gphotos-mount itself.', 'See: gphotos-mount --help'));
    });
    if (process.send === undefined) process.emit('disconnect');
  });
}

function tell(reply: LaunchReply): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) {
      resolve();
      return;
    }
    process.send(reply, () => {
      if (process.connected) process.disconnect();
      resolve();
    });
  });
}
