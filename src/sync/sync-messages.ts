import type { MeasuredSize } from '../catalog/size-store.js';
import type { QuotaCounts } from '../catalog/quota-counters.js';
import type { ListedBaseUrl, MediaId } from '../library/media-item.js';
import { RemoteError, type RemoteErrorKind } from '../library/remote-error.js';
import type { LogLevel } from '../support/log-level.js';
import { messageOf } from '../support/message-of.js';
import { UserError, type ExitCode } from '../support/user-error.js';
import type { SyncStatus } from './sync-status.js';
import type { SyncTrouble } from './trouble.js';

/** What the worker is started with. */
export interface SyncWorkerData {
  readonly catalogFile: string;
  /** Of the profile: date folders are dated by it. */
  readonly timeZone: string;
  /** Root of the Library API, before `/v1/`; undefined for Google's own. */
  readonly libraryUrl: string | undefined;
  readonly pollIntervalMs: number;
  readonly idleIntervalMs: number | undefined;
  readonly fullSyncIntervalMs: number;
  readonly stretchFullPasses: boolean;
  readonly parallel: number | undefined;
  readonly measureInBackground: boolean;
  /** Share of each daily limit that background work leaves alone. */
  readonly reserve: number;
  /** PEM file with authorities to trust besides the usual ones. */
  readonly caFile?: string | undefined;
  /** Number of the Google Cloud project, for links into its console. */
  readonly project?: string | undefined;
}

/** Settings that a reload may change while the worker runs. */
export type SyncSettings = Pick<
  SyncWorkerData,
  'pollIntervalMs' | 'idleIntervalMs' | 'fullSyncIntervalMs' | 'stretchFullPasses' | 'reserve'
>;

/** Main thread to worker. */
export type ToSyncWorker =
  | { readonly type: 'token'; readonly id: number; readonly token: string }
  | { readonly type: 'token-failed'; readonly id: number; readonly error: PlainRemoteError }
  | { readonly type: 'sizes'; readonly sizes: readonly MeasuredSize[] }
  | { readonly type: 'counts'; readonly counts: QuotaCounts }
  | { readonly type: 'sync-now'; readonly id: number; readonly full: boolean; readonly acceptRemovals: boolean }
  | { readonly type: 'used' }
  | { readonly type: 'environment-changed' }
  | { readonly type: 'configure'; readonly settings: SyncSettings }
  /** Answered by `alive`, to show that the thread is not stuck. */
  | { readonly type: 'ask-alive' }
  | { readonly type: 'stop' };

/** Worker to main thread. `ready` or `failed` comes first, `stopped` last. */
export type FromSyncWorker =
  | { readonly type: 'ready'; readonly status: SyncStatus }
  | { readonly type: 'failed'; readonly error: PlainUserError }
  | { readonly type: 'token-request'; readonly id: number; readonly refused: string | undefined }
  | { readonly type: 'status'; readonly status: SyncStatus }
  | { readonly type: 'trouble'; readonly trouble: SyncTrouble }
  | { readonly type: 'sizes-committed'; readonly mediaIds: readonly MediaId[] }
  | { readonly type: 'sync-done'; readonly id: number; readonly trouble: SyncTrouble | undefined }
  | { readonly type: 'changed' }
  | { readonly type: 'alive' }
  /** Items just listed, with their base URLs. */
  | { readonly type: 'listed'; readonly items: readonly ListedBaseUrl[] }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string }
  | { readonly type: 'stopped' };

/** Errors lose their class between threads, so their fields are sent. */
export interface PlainRemoteError {
  readonly kind: RemoteErrorKind;
  readonly message: string;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
}

export interface PlainUserError {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly hint: string;
}

export function plainRemoteError(error: unknown): PlainRemoteError {
  if (error instanceof RemoteError) {
    const { kind, message, hint, retryAfterMs } = error;
    return { kind, message, hint, retryAfterMs };
  }
  const message = messageOf(error);
  return { kind: 'server', message, hint: undefined, retryAfterMs: undefined };
}

export function remoteErrorFrom({ kind, message, hint, retryAfterMs }: PlainRemoteError): RemoteError {
  return new RemoteError(kind, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

export function plainUserError(error: unknown, otherwise: ExitCode): PlainUserError {
  if (error instanceof UserError) return { exitCode: error.exitCode, message: error.message, hint: error.hint };
  const message = messageOf(error);
  return { exitCode: otherwise, message: `Syncing could not start: ${message}`, hint: 'See the log for more.' };
}
