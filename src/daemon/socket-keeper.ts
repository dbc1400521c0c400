import type { Clock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import type { Service } from '../support/service.js';
import type { ControlServer } from './control-server.js';

export interface SocketKeeperDeps {
  readonly server: ControlServer;
  /** Where to listen first. */
  readonly first: string;
  /** Where to listen once the first place is gone: it outlives the session. */
  readonly lasting: string;
  /** Makes sure that the folder of a socket is private. Throws UserError. */
  readonly prepare: (socketFile: string) => void;
  /** Publishes where the socket is, for clients of all sessions. */
  readonly announce: (socketFile: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 1000;

/**
 * Keeps the control socket reachable. $XDG_RUNTIME_DIR is removed with the socket when the last session of the user
 * ends, while the daemon goes on: then it listens in a folder that stays.
 */
export class SocketKeeper implements Service {
  readonly #deps: SocketKeeperDeps;
  readonly #stopping = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(deps: SocketKeeperDeps) {
    this.#deps = deps;
  }

  /** Resolves when the daemon can be asked. Rejects with UserError where the place will not do. */
  async run(): Promise<void> {
    await this.#listen(this.#deps.first);
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
    await this.#deps.server.stop();
  }

  async #listen(socketFile: string): Promise<void> {
    const { server, prepare, announce } = this.#deps;
    prepare(socketFile);
    await server.listen(socketFile);
    announce(socketFile);
  }

  async #watch(): Promise<void> {
    const { clock, server, lasting, log } = this.#deps;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (server.isReachable()) continue;
      try {
        await this.#listen(lasting);
        this.#isFailing = false;
        log.log('info', `the control socket was removed; commands are answered at ${lasting} now`);
      } catch (error) {
        if (!this.#isFailing) log.log('warn', `no command can be answered: ${String(error)}`);
        this.#isFailing = true;
      }
    }
  }
}
