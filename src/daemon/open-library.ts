import { openCatalogView } from '../catalog/catalog-view.js';
import { openCatalogWriter } from '../catalog/catalog-writer.js';
import { ContentStore } from '../content/content-store.js';
import { OfflineGate } from '../content/offline-gate.js';
import { SizeBook } from '../content/size-book.js';
import { createFileSystem } from '../filesystem/create-file-system.js';
import type { FileSystem } from '../filesystem/file-system.js';
import { renderReadme } from '../filesystem/readme-text.js';
import type { Credentials } from '../auth/credentials.js';
import { GOOGLE_LIBRARY_URL } from '../remote/endpoint-rules.js';
import { systemClock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import { SyncService } from '../sync/sync-service.js';
import { treeNames } from '../sync/tree-names.js';
import { defaultCacheLimit } from './cache-limit.js';
import type { DaemonConfig } from './daemon-config.js';
import { LazyRemote } from './lazy-remote.js';
import type { StatusBoard } from './status-board.js';
import type { StatusDocument } from './status-document.js';
import type { Teardown } from './teardown.js';

export interface LibraryParts {
  readonly config: DaemonConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly credentials: Credentials;
  readonly log: Logger;
  readonly board: StatusBoard;
  readonly teardown: Teardown;
}

/** What is mounted, and what keeps it up to date once the mount is there. */
export interface OpenLibrary {
  readonly fileSystem: FileSystem;
  startSync(): void;
}

interface Report {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}
