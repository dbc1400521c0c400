/** Settings of background work that a reload may change while it runs. Times in milliseconds. */
export interface SyncSettings {
  readonly pollIntervalMs: number;
  /** The poll interval while the mount is not used and the library does not change; undefined for the same. */
  readonly idleIntervalMs: number | undefined;
  readonly fullSyncIntervalMs: number;
  /** Full passes of large libraries are spread over days, and begin at night. */
  readonly stretchFullPasses: boolean;
  /** Share of each daily limit that background work leaves to what a person asks for. */
  readonly reserve: number;
}
