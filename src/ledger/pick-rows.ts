import type { MediaId } from '../library/media-item.js';
import type { PickedListing } from '../library/remote-picker.js';

/**
 * - `open`: the person has not pressed Done.
 * - `fetching`: they have, and not everything is stored.
 * - `done`: all is stored, and the session is ended at Google.
 * - `partial`, `expired`: the session ended at Google before everything was stored; `partial` where all of it was listed.
 * - `cancelled`: by a person.
 */
export type PickState = 'open' | 'fetching' | 'done' | 'partial' | 'expired' | 'cancelled';

/** States in which Google may still have something of the session. */
export const LIVE_STATES: ReadonlySet<PickState> = new Set<PickState>(['open', 'fetching']);

/** What keeps a session from going on, in words. `exitCode`: what a command that waits for it ends with. */
export interface PickTrouble {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: number;
}

/** A picking session. Times are milliseconds since the epoch. */
export interface PickSession {
  readonly id: string;
  /** Secret to those who are signed in to the same account: it opens the picking page. */
  readonly uri: string;
  readonly created: number;
  readonly expires: number;
  readonly state: PickState;
  /** Title of the album that its items come into. */
  readonly album: string | null;
  /** Milliseconds between two questions, and until when Google wants to be asked so often. */
  readonly pollMs: number;
  readonly pollUntil: number;
  /** When Done was noticed. */
  readonly pickedAt: number | null;
  /** Of the page that is being fetched; null for the first. */
  readonly pageToken: string | null;
  /** All pages were read, so the number of items is known. */
  readonly isListed: boolean;
  /** When items that failed are tried again, and how often that was done. */
  readonly retryAt: number;
  readonly rounds: number;
  /** It is ended at Google. */
  readonly isDeleted: boolean;
  readonly trouble: PickTrouble | null;
}

/** What can change of a session. */
export type PickSessionChange = Partial<Omit<PickSession, 'id' | 'uri' | 'created' | 'album'>>;

/** How many items of a session were listed so far, and what became of them. */
export interface PickCounts {
  readonly total: number;
  readonly stored: number;
  /** Tried in vain so far, or videos that Google could not process. */
  readonly failed: number;
  /** Of what is stored. */
  readonly bytes: number;
}

/** What Google says of an item. */
export type PickedFacts = Omit<PickedListing, 'id' | 'baseUrl'>;

/** `forgotten`: a person does not want it any more; its file is about to go. */
export type PickedState = 'waiting' | 'failed' | 'stored' | 'forgotten';

/** Where bytes lie, and what they are. */
export interface StoredFile {
  readonly id: MediaId;
  /** Of the store, absolute. */
  readonly folder: string;
  readonly size: number;
  readonly crc: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface StoredItem extends StoredFile {
  readonly facts: PickedFacts;
  readonly pickedAt: number;
}

/** A local album: its items in the order in which they were picked. */
export interface PickedAlbum {
  readonly title: string;
  readonly members: readonly MediaId[];
}
