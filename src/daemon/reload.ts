import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import type { Hangups } from '../support/hangups.js';
import type { Logger } from '../support/logger.js';
import { messageOf } from '../support/message-of.js';
import { UserError } from '../support/user-error.js';
import type { DaemonConfig } from './daemon-config.js';
import type { OpenLibrary } from './open-library.js';
import type { ServiceManager } from './service-manager.js';

/** The settings that a running mount can change. The others are fixed when it is mounted. */
const LIVE = [
  'logLevel',
  'pollIntervalMs',
  'idleIntervalMs',
  'fullSyncIntervalMs',
  'stretchFullPasses',
  'cacheMaxBytes',
  'cacheMaxAgeMs',
  'quotaReserve',
] as const satisfies readonly (keyof DaemonConfig)[];

export interface ReloadDeps {
  readonly library: Pick<OpenLibrary, 'configure' | 'reloadSignIn' | 'syncNow'>;
  readonly manager: ServiceManager;
  /** The status sentence. */
  readonly status: () => string;
  readonly clock: Clock;
  readonly log: Logger;
  /** The configuration in use. */
  readonly current: () => DaemonConfig;
  readonly use: (config: DaemonConfig) => void;
  /** Reads config.json again. Throws UserError where it is wrong. */
  readonly reread: (config: DaemonConfig) => DaemonConfig;
}

/** Longest wait for Google. After it the reload ends, and the new sign-in is used when it is needed. */
const SIGN_IN_MS = 10_000;

/** Each SIGHUP reloads, one after the other; several during one reload are one more. */
export function followHangups(hangups: Hangups, deps: ReloadDeps): void {
  let running: Promise<void> | undefined;
  let again = false;
  const begin = (): void => {
    again = running !== undefined;
    running ??= reload(deps).finally(() => {
      running = undefined;
      if (again) begin();
    });
  };
  hangups.handle(begin);
}

/** Reads settings and credentials again, then polls. What is wrong with them is logged, and the old ones stay. Never rejects. */
export async function reload(deps: ReloadDeps): Promise<void> {
  const { library, manager, clock, log } = deps;
  log.log('info', 'reloading settings and credentials');
  manager.reloading();
  try {
    await applySettings(deps);
  } catch (error) {
    log.log('error', `settings stay as they are: ${words(error)}`);
  }
  const late = (): Error => new Error('Google has not answered yet');
  try {
    await withinDeadline(clock, SIGN_IN_MS, () => library.reloadSignIn(), late);
  } catch (error) {
    log.log('warn', `the sign-in could not be checked: ${words(error)}`);
    // A new sign-in polls by itself.
    void library.syncNow({ full: false, acceptRemovals: false });
  }
  manager.ready(deps.status());
}

async function applySettings({ library, log, current, use, reread }: ReloadDeps): Promise<void> {
  const before = current();
  const read = reread(before);
  const live = Object.fromEntries(LIVE.map((name) => [name, read[name]]));
  const next: DaemonConfig = { ...before, ...live };
  const fixed = Object.keys({ ...before, ...read }).filter((name) => !isSame(name, next, read));
  if (fixed.length > 0)
    log.log('warn', `settings that only a new start of the mount takes up have changed: ${fixed.sort().join(', ')}`);
  use(next);
  await library.configure(next);
}

function isSame(name: string, one: DaemonConfig, other: DaemonConfig): boolean {
  const key = name as keyof DaemonConfig;
  return JSON.stringify(one[key]) === JSON.stringify(other[key]);
}

function words(error: unknown): string {
  if (error instanceof UserError) return `${error.message} ${error.hint}`;
  return messageOf(error);
}
