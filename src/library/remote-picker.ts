import type { MediaId, MediaItem } from './media-item.js';
import type { MediaStream } from './media-source.js';

/** A picking session at Google: one visit of its picking page. Times are milliseconds. */
export interface PickingSession {
  readonly id: string;
  /** The picking page. Whoever has it can only pick with the account that owns the session. */
  readonly uri: string;
  /** When the session and what was picked in it end, since the epoch; undefined where Google does not say. */
  readonly expires: number | undefined;
  /** The person has pressed Done. */
  readonly isPicked: boolean;
  /** How often to ask, and for how long; undefined once the person has pressed Done. */
  readonly polling: { readonly intervalMs: number; readonly leftMs: number } | undefined;
}

/** An item of a session, with its base URL. Its id begins with the prefix of the source. */
export interface PickedListing extends Omit<MediaItem, 'description' | 'productUrl' | 'isKindGuessed'> {
  readonly id: MediaId;
}

export interface PickedPage {
  readonly items: readonly PickedListing[];
  readonly nextPageToken?: string;
}

/** Google's picking of single items. Rejects with RemoteError only. */
export interface RemotePicker {
  /** `most`: items that the person may tick. */
  create(most: number, signal?: AbortSignal): Promise<PickingSession>;
  /** RemoteError `not-found` for a session that ended or never was. */
  session(id: string, signal?: AbortSignal): Promise<PickingSession>;
  /** Ends a session; one that is gone already is no error. */
  remove(id: string, signal?: AbortSignal): Promise<void>;
  /**
   * One page of what was picked, with new base URLs. RemoteError `not-found` where the session is gone, `bad-page-token` where the
   * token is refused, `not-ready` where the person has not pressed Done.
   */
  page(id: string, pageToken: string | undefined, signal?: AbortSignal): Promise<PickedPage>;
  /** All bytes of an item. RemoteError with status 403 where the base URL has ended. */
  bytes(item: PickedListing, signal?: AbortSignal): Promise<MediaStream>;
}
