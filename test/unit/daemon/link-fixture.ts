import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { DaemonConfig } from '../../../src/daemon/daemon-config.js';
import { StatusBoard } from '../../../src/daemon/status-board.js';
import { WriterLink, type WriterLinkDeps } from '../../../src/daemon/writer-link.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { PROFILE_SOURCES } from '../../../src/library/source.js';
import { silentLogger } from '../../../src/support/logger.js';

/**
 * A link to a real thread whose waits between two starts end only when they are hurried, or by `wake`. Nobody is signed in.
 */
export function linkOn(test: TestContext, thread: WriterLinkDeps['thread'] = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'writer-link-'));
  const catalogFile = join(folder, 'catalog.db');
  const waits: number[] = [];
  const waiting = new Set<() => void>();
  const sleeping = new Set<() => void>();
  const clock = {
    now: () => Date.now(),
    sleep: (ms: number, signal?: AbortSignal): Promise<void> => {
      waits.push(ms);
      for (const tell of waiting) tell();
      waiting.clear();
      return new Promise((resolve, reject) => {
        sleeping.add(resolve);
        signal?.addEventListener('abort', () => reject(new Error('woken')));
      });
    },
  };
  const config = {
    paths: { catalogFile },
    pollIntervalMs: 3_600_000,
    fullSyncIntervalMs: 86_400_000,
    stretchFullPasses: false,
    quotaReserve: 0.3,
  } as DaemonConfig;
  const committed: MediaId[] = [];
  const board = new StatusBoard(config, PROFILE_SOURCES, 1, () => Date.now());
  const link = new WriterLink({
    config,
    timeZone: 'UTC',
    libraryUrl: 'http://127.0.0.1:9/',
    project: undefined,
    token: () => Promise.reject(new RemoteError('signed-out', 'Signed out.')),
    clock,
    log: silentLogger,
    board,
    onCommitted: (ids) => committed.push(...ids),
    onListed: () => undefined,
    thread,
  });
  test.after(async () => {
    await link.stop();
    rmSync(folder, { recursive: true });
  });
  return {
    link,
    catalogFile,
    waits,
    board,
    /** Items whose sizes were acknowledged, in that order. */
    committed,
    begin: () => {
      link.run();
      link.startSync();
    },
    /** Ends all waits under way. */
    wake: () => {
      for (const resolve of sleeping) resolve();
      sleeping.clear();
    },
    /** Resolves once the link waits before its next try to start the thread. */
    pausing: () =>
      new Promise<void>((resolve) => {
        if (waits.length > 0) resolve();
        else waiting.add(resolve);
      }),
  };
}
