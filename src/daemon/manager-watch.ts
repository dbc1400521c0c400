import type { Clock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import type { ServiceManager } from './service-manager.js';
import type { StatusBoard } from './status-board.js';
import { statusSentence } from './status-sentence.js';

export interface ManagerWatchDeps {
  readonly manager: ServiceManager;
  readonly board: StatusBoard;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Whether the thread that writes the catalog answers within so many milliseconds, or status shows that it is started
   * again.
   */
  readonly isWell: (ms: number) => Promise<boolean>;
}

/** Shortest time between two status messages. */
const STATUS_EVERY_MS = 5000;
/** sd_watchdog_enabled(3) advises half of the time; a third leaves room for one message that comes late. */
const SHARE_OF_WATCHDOG = 3;

/**
 * Reports status and signs of life to the service manager; signs of life only while both threads answer. Returns a
 * function that ends it.
 */
export function watchForManager({ manager, board, clock, log, isWell }: ManagerWatchDeps): () => void {
  const stopping = new AbortController();
  const every = async (ms: number, act: () => Promise<void> | void): Promise<void> => {
    for (;;) {
      try {
        await clock.sleep(ms, stopping.signal);
      } catch {
        return;
      }
      await act();
    }
  };
  let lastSent = '';
  void every(STATUS_EVERY_MS, () => {
    const text = statusSentence(board.document());
    if (text !== lastSent) manager.status(text);
    lastSent = text;
  });
  if (manager.watchdogMs !== undefined) {
    const interval = manager.watchdogMs / SHARE_OF_WATCHDOG;
    void every(interval, async () => {
      if (await isWell(interval)) manager.alive();
      else
        log.log('warn', 'the thread that writes the catalog does not answer; systemd restarts the mount if that lasts');
    });
  }
  return () => stopping.abort();
}
