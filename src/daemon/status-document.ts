import type { Problem } from '../library/problem.js';
import type { SourceName } from '../library/source.js';
import type { PickedStatus } from '../picker/pick-status.js';
import type { TakeoutStatus } from '../takeout/indexing/takeout-status.js';
import type { StatusError } from './error-list.js';

export interface QuotaUse {
  readonly used: number;
  readonly limit: number;
  /** Requests of the limit that background work leaves alone. */
  readonly reserve: number;
}

export interface SignInStatus {
  /**
   * `unknown` until Google was asked; `refused` while nothing can be read from it; `none` where no source of the
   * profile needs an account.
   */
  readonly state: 'none' | 'unknown' | 'ok' | 'refused';
  /** Google's word for why it is refused, such as `invalid_grant`; `NO_CREDENTIALS` if there is no sign-in. */
  readonly reason: string | null;
  /** Why nothing can be read with it (refused, or not granted), and what to do; null where all is well. */
  readonly message: string | null;
  readonly hint: string | null;
  /** What was granted, by short names such as `photoslibrary.appendonly`; null where Google did not say. */
  readonly scopes: readonly string[] | null;
  /** What was not granted, in words. */
  readonly missing: readonly string[];
}

/** Something that waits for a moment, because Google asked for it or because something failed. */
export interface StatusWait {
  /** `sync`, `measuring`, `addresses` (asked before unread files are read) or `reading`. */
  readonly what: string;
  readonly message: string;
  /** RFC 3339. */
  readonly until: string;
}

/** A picking session, as status shows it. */
export type PickedSession = PickedStatus['sessions'][number];

/** What `gphotos-mount status --json` prints and `.gphotos/status.json` holds. Fields are added, never renamed. */
export interface StatusDocument {
  readonly mountpoint: string;
  readonly pid: number;
  readonly version: string;
  readonly profile: string;
  /**
   * `starting` until mounted; `syncing` during the first sync; `degraded` while syncing fails, or the sign-in is
   * refused or permits no reading.
   */
  readonly state: 'starting' | 'syncing' | 'ready' | 'degraded';
  /** RFC 3339. */
  readonly startedAt: string;
  readonly root: string;
  /** What date folders follow: `Europe/Rome`, `UTC`. */
  readonly timeZone: string;
  readonly catalog: {
    readonly items: number;
    readonly albums: number;
    readonly unmeasured: number;
    /** Sum of the known sizes. */
    readonly bytes: number;
    /** Items by source; one with copies of two counts in both. */
    readonly sources: Readonly<Record<SourceName, number>>;
  };
  readonly sync: {
    readonly phase: string;
    readonly firstSyncDone: boolean;
    /** RFC 3339, null before the first. */
    readonly lastSuccess: string | null;
    /** Of the last pass that compared everything. */
    readonly lastFullPass: string | null;
    /**
     * How much of the pass under way that compares everything is read, from 0 to 1; null where none is. It may take
     * days.
     */
    readonly fullPassShare: number | null;
    /** When syncing goes on, where it waits because of an error or a spent budget. */
    readonly waitingUntil: string | null;
    /**
     * Of the first sync: items a second, items still to come (estimated), and the seconds left; null without a basis
     * for an estimate.
     */
    readonly itemsPerSecond: number | null;
    readonly itemsLeft: number | null;
    readonly secondsLeft: number | null;
    /** Removals that the last full pass held back. */
    readonly heldBack: { readonly items: number; readonly albums: number } | null;
    /** What syncing has not got over yet. */
    readonly lastError: (Problem & { readonly at: string }) | null;
    /** Why sizes are not measured in the background at the moment. */
    readonly measuringPaused: (Problem & { readonly until: string | null }) | null;
  };
  /** What waits at present, and until when. `gphotos-mount sync` asks once at once all the same. */
  readonly waits: readonly StatusWait[];
  /** What Google last said about the sign-in. */
  readonly signIn: SignInStatus;
  /** Why there is nothing to see, and the ways on; null while there is something or it is not known yet. */
  readonly emptyBecause: string | null;
  readonly uploads: { readonly queued: number; readonly active: number; readonly failed: number };
  /** Exports that were added, and what is being read of them. */
  readonly takeout: TakeoutStatus;
  /** What was picked on Google's page and is stored, and the sessions that brought it. */
  readonly picked: PickedStatus;
  readonly cache: { readonly bytes: number; readonly limit: number };
  readonly quota: {
    readonly api: QuotaUse;
    readonly media: QuotaUse;
    /** RFC 3339; null while background work may spend requests. */
    readonly backgroundResumesAt: string | null;
  };
  /** What is not over first, then what is since at most an hour; each latest first, at most 50. */
  readonly errors: readonly StatusError[];
  /**
   * Items whose size could not be measured, latest first, at most 50. One that a program asked for is among the errors,
   * by its name.
   */
  readonly unmeasurable: readonly { readonly id: string; readonly message: string; readonly at: string }[];
}

/** The document's `state` from what it is made of. */
export function stateOf(facts: {
  mounted: boolean;
  firstSyncDone: boolean;
  syncFailing: boolean;
  /** The sign-in is refused, or may not read. */
  cannotRead: boolean;
}): StatusDocument['state'] {
  if (!facts.mounted) return 'starting';
  if (facts.syncFailing || facts.cannotRead) return 'degraded';
  return facts.firstSyncDone ? 'ready' : 'syncing';
}
