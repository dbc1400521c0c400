import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFormExchange } from '../../../src/remote/http/form-exchange.js';
import { createHttp } from '../../../src/remote/http/http.js';
import { createTokenSource } from '../../../src/auth/google-token-source.js';
import { systemClock } from '../../../src/support/clock.js';
import { PROFILE_SOURCES } from '../../../src/library/source.js';
import { silentLogger } from '../../../src/support/logger.js';
import type { SyncStatus } from '../../../src/sync/sync-status.js';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import type { CatalogView } from '../../../src/catalog/records.js';
import type { DaemonConfig } from '../../../src/daemon/daemon-config.js';
import { StatusBoard } from '../../../src/daemon/status-board.js';
import { SyncLink } from '../../../src/daemon/sync-link.js';
import type { WriterData } from '../../../src/writer/writer-data.js';
import { Writer } from '../../../src/writer/writer.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../emulator/start-emulator.js';

const DEADLINE = 15_000;
/** Nothing begins by itself but the first sync. */
const RARELY = {
  pollIntervalMs: 3_600_000,
  idleIntervalMs: undefined,
  fullSyncIntervalMs: 86_400_000,
  stretchFullPasses: false,
  reserve: 0.3,
};

export interface WriterFixture {
  readonly emulator: Emulator;
  readonly writer: Writer;
  readonly sync: SyncLink;
  /** Codes of what syncing reported, oldest first. */
  readonly troubles: string[];
  readonly view: () => CatalogView;
  /** Resolves once the condition holds; looks again at every message of the thread. */
  readonly until: (what: string, holds: (status: SyncStatus) => boolean) => Promise<void>;
  readonly restart: () => Promise<void>;
}

interface Running {
  readonly writer: Writer;
  readonly sync: SyncLink;
  readonly stop: () => Promise<void>;
}

/** The real writer thread against an emulated library over HTTP. */
export async function withWriter(
  options: EmulatorOptions,
  work: (fixture: WriterFixture) => Promise<void>,
  overrides: Partial<WriterData> = {},
): Promise<void> {
  const emulator = await startEmulator(options);
  const folder = mkdtempSync(join(tmpdir(), 'writer-'));
  const catalogFile = join(folder, 'catalog.db');
  const http = createHttp();
  const { env } = emulator;
  const credentials = {
    clientId: env.GPHOTOS_CLIENT_ID,
    clientSecret: env.GPHOTOS_CLIENT_SECRET,
    refreshToken: env.GPHOTOS_REFRESH_TOKEN,
  };
  const token = createTokenSource(credentials, {
    exchange: createFormExchange(http),
    clock: systemClock,
    random: Math.random,
    tokenUrl: env.GPHOTOS_TOKEN_URL,
  });
  const troubles: string[] = [];
  const views: (CatalogView & { close(): void })[] = [];
  const begin = async (): Promise<Running> => {
    const writer = new Writer({
      data: () => ({
        ...{ catalogFile, mount: 'test', timeZone: 'UTC', libraryUrl: env.GPHOTOS_LIBRARY_URL },
        settings: RARELY,
        ...overrides,
      }),
      ...{ token, clock: systemClock, log: silentLogger },
    });
    const board = new StatusBoard({} as DaemonConfig, PROFILE_SOURCES, 1, Date.now);
    const sync = new SyncLink({ writer, clock: systemClock, log: silentLogger, board, onListed: () => undefined });
    writer.on('told', ({ task, message }) => {
      if (task === 'sync' && message.type === 'trouble') troubles.push(message.trouble.code);
    });
    writer.start('store');
    writer.start('sync');
    const ended = writer.run();
    while (!writer.isRunning('sync')) await once(writer, 'started');
    const stop = async (): Promise<void> => {
      sync.end();
      await writer.stop();
      await ended;
    };
    return { writer, sync, stop };
  };
  let running = await begin();
  try {
    await work({
      emulator,
      get writer() {
        return running.writer;
      },
      get sync() {
        return running.sync;
      },
      troubles,
      view: () => {
        const view = openCatalogView(catalogFile, { showArchived: false });
        views.push(view);
        return view;
      },
      until: (what, holds) => until(running, what, holds),
      restart: async () => {
        await running.stop();
        running = await begin();
      },
    });
  } finally {
    await running.stop();
    for (const view of views) view.close();
    await http.close();
    await emulator.close();
    rmSync(folder, { recursive: true });
  }
}

function until({ writer, sync }: Running, what: string, holds: (status: SyncStatus) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!holds(sync.status())) return;
      done();
      resolve();
    };
    const timer = setTimeout(() => {
      done();
      reject(
        new assert.AssertionError({ message: `${what}: not within ${DEADLINE} ms; ${JSON.stringify(sync.status())}` }),
      );
    }, DEADLINE);
    const done = (): void => {
      clearTimeout(timer);
      writer.off('told', look);
    };
    writer.on('told', look);
    look();
  });
}
