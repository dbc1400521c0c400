import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFormExchange } from '../../../src/remote/http/form-exchange.js';
import { createHttp } from '../../../src/remote/http/http.js';
import { createTokenSource } from '../../../src/auth/google-token-source.js';
import { systemClock } from '../../../src/support/clock.js';
import { silentLogger } from '../../../src/support/logger.js';
import type { SyncStatus } from '../../../src/sync/sync-status.js';
import { SyncService, type SyncServiceOptions } from '../../../src/sync/sync-service.js';
import type { SyncTrouble } from '../../../src/sync/trouble.js';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import type { CatalogView } from '../../../src/catalog/records.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../emulator/start-emulator.js';

const DEADLINE = 15_000;

export interface WorkerFixture {
  readonly emulator: Emulator;
  readonly service: SyncService;
  readonly troubles: SyncTrouble[];
  readonly view: () => CatalogView;
  /** Resolves once the condition holds; looks again at every message of the worker. */
  readonly until: (what: string, holds: (status: SyncStatus) => boolean) => Promise<void>;
  readonly restart: () => Promise<void>;
}

/** The real worker thread against an emulated library over HTTP. */
export async function withWorker(
  options: EmulatorOptions,
  work: (fixture: WorkerFixture) => Promise<void>,
  overrides: Partial<SyncServiceOptions> = {},
): Promise<void> {
  const emulator = await startEmulator(options);
  const folder = mkdtempSync(join(tmpdir(), 'sync-worker-'));
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
  const troubles: SyncTrouble[] = [];
  const views: (CatalogView & { close(): void })[] = [];
  const begin = async (): Promise<SyncService> => {
    const service = new SyncService({
      catalogFile,
      libraryUrl: env.GPHOTOS_LIBRARY_URL,
      pollIntervalMs: 3_600_000,
      fullSyncIntervalMs: 86_400_000,
      token,
      log: silentLogger,
      ...overrides,
    });
    service.on('trouble', (trouble) => troubles.push(trouble));
    await service.run();
    return service;
  };
  let service = await begin();
  try {
    await work({
      emulator,
      get service() {
        return service;
      },
      troubles,
      view: () => {
        const view = openCatalogView(catalogFile, { showArchived: false });
        views.push(view);
        return view;
      },
      until: (what, holds) => until(service, what, holds),
      restart: async () => {
        await service.stop();
        service = await begin();
      },
    });
  } finally {
    await service.stop();
    for (const view of views) view.close();
    await http.close();
    await emulator.close();
    rmSync(folder, { recursive: true });
  }
}

function until(service: SyncService, what: string, holds: (status: SyncStatus) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!holds(service.status())) return;
      done();
      resolve();
    };
    const timer = setTimeout(() => {
      done();
      reject(
        new assert.AssertionError({
          message: `${what}: not within ${DEADLINE} ms; ${JSON.stringify(service.status())}`,
        }),
      );
    }, DEADLINE);
    const done = (): void => {
      clearTimeout(timer);
      service.off('status', look);
      service.off('changed', look);
      service.off('trouble', look);
    };
    service.on('status', look);
    service.on('changed', look);
    service.on('trouble', look);
    look();
  });
}
