import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { PickedAlbum, PickedItem } from '../catalog/picked-items.js';
import type { QuotaCounts } from '../catalog/quota-counters.js';
import type { ListedBaseUrl, MediaId } from '../library/media-item.js';
import type { TokenSource } from '../library/token-source.js';
import type { Clock } from '../support/clock.js';
import type { LogLevel } from '../support/log-level.js';
import type { Budget } from '../sync/budget.js';
import type { SyncSettings } from '../sync/sync-settings.js';
import type { SyncStatus } from '../sync/sync-status.js';
import type { SyncTrouble } from '../sync/trouble.js';
import type { PartPlan } from '../catalog/takeout-parts.js';
import type { TakeoutStatus } from '../takeout/indexing/takeout-status.js';
import type { WriterData } from './writer-data.js';
import type { NumberedReport } from './report.js';

/** What each task takes from the main thread (`to`) and tells it (`from`). A task that is added has a line here. */
export interface TaskMessages {
  readonly store: {
    readonly to: NumberedReport;
    /** Written, up to this number; and the requests of the day that the catalog now counts. */
    readonly from: { readonly acknowledged: number; readonly quotaUsed: QuotaCounts };
  };
  readonly sync: { readonly to: ToSync; readonly from: FromSync };
  readonly takeout: { readonly to: ToTakeout; readonly from: FromTakeout };
  readonly picker: { readonly to: ToPicker; readonly from: FromPicker };
}

/** A change of what was picked. Changes are numbered, and made one after the other. */
export interface ToPicker {
  readonly number: number;
  /** One of the messages that together name everything: what none of them names is gone. */
  readonly list?: { readonly isFirst: boolean; readonly isLast: boolean };
  readonly put: readonly PickedItem[];
  readonly removed: readonly MediaId[];
  /** All of them; undefined where they stay. */
  readonly albums: readonly PickedAlbum[] | undefined;
  /** Which state of the ledger the catalog then has; undefined while more is to come. */
  readonly revision: string | undefined;
}

export interface FromPicker {
  /** 0 at the start. */
  readonly acknowledged: number;
  /** Which state of the ledger the catalog has; empty where it does not know. */
  readonly revision: string;
}

/** The parts that the profile has. Lists are numbered, so that it is known which one was read. */
export interface ToTakeout {
  readonly parts: readonly PartPlan[];
  readonly version: number;
}

export interface FromTakeout {
  readonly status: TakeoutStatus;
  /** The last list whose parts were all looked at. */
  readonly version: number;
}

export type TaskName = keyof TaskMessages;
export type ToTask<Name extends TaskName> = TaskMessages[Name]['to'];
export type FromTask<Name extends TaskName> = TaskMessages[Name]['from'];

export type ToSync =
  | { readonly type: 'sync-now'; readonly id: number; readonly full: boolean; readonly acceptRemovals: boolean }
  | { readonly type: 'used' }
  | { readonly type: 'environment-changed' };

export type FromSync =
  | { readonly type: 'status'; readonly status: SyncStatus }
  | { readonly type: 'trouble'; readonly trouble: SyncTrouble }
  | { readonly type: 'sync-done'; readonly id: number; readonly trouble: SyncTrouble | undefined }
  /** Items just listed, with their base URLs. */
  | { readonly type: 'listed'; readonly items: readonly ListedBaseUrl[] };

/** What the thread gives its tasks. They share it. */
export interface TaskContext {
  readonly catalog: CatalogWriter;
  /** Of the whole program. */
  readonly budget: Budget;
  readonly data: WriterData;
  /** A reload changes it in place. */
  readonly settings: SyncSettings;
  readonly token: TokenSource;
  readonly clock: Clock;
  readonly log: (level: LogLevel, message: string) => void;
}

/** A task while it runs. Whatever it throws, in whichever call or timer, ends this task alone. */
export interface Task<Name extends TaskName> {
  /** Runs until the signal aborts, and leaves nothing running. */
  run(signal: AbortSignal): Promise<void>;
  take(message: ToTask<Name>): void;
  /** The thread is at rest: what can be had again may be forgotten. */
  rest?(): void;
}

export type MakeTask<Name extends TaskName> = (
  context: TaskContext,
  tell: (message: FromTask<Name>) => void,
) => Task<Name>;

/** A row of the list of tasks. */
export interface TaskRow<Name extends TaskName> {
  /** Begins the sentence of a failure, as in `Syncing stopped by a fault`. */
  readonly what: string;
  /** What is still true meanwhile; ends a hint. */
  readonly meanwhile: string;
  /** Longest wait before it is started again. */
  readonly longestWaitMs: number;
  /** Whether a crash of the whole thread may be its doing: then it waits before it begins again, and the others do not. */
  readonly isSuspect: boolean;
  /** Loads the code, in the thread only. */
  readonly load: () => Promise<MakeTask<Name>>;
}

export type TaskList = { readonly [Name in TaskName]: TaskRow<Name> };
