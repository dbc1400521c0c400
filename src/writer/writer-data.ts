import type { SyncSettings } from '../sync/sync-settings.js';

/** What the thread is started with. */
export interface WriterData {
  readonly catalogFile: string;
  /** Names this mount: reports are numbered within it. */
  readonly mount: string;
  /** Of the profile: date folders are dated by it. */
  readonly timeZone: string;
  /** Root of the Library API, before `/v1/`; undefined for Google's own. */
  readonly libraryUrl: string | undefined;
  readonly settings: SyncSettings;
  /** Listings read side by side in the first sync. Default 8. */
  readonly parallel?: number | undefined;
  /** Default true. */
  readonly measureInBackground?: boolean | undefined;
  /** PEM file with authorities to trust besides the usual ones. */
  readonly caFile?: string | undefined;
  /** Number of the Google Cloud project, for links into its console. */
  readonly project?: string | undefined;
}
