/** What started this process and watches it: systemd, or nothing. */
export interface ServiceManager {
  /** It expects {@link alive} more often than this, in milliseconds; undefined where it does not. */
  readonly watchdogMs: number | undefined;
  /** The mount works. */
  ready(status: string): void;
  /** What the daemon does at present, in one sentence. Only the latest is delivered. */
  status(text: string): void;
  /** A reload begins; {@link ready} ends it. */
  reloading(): void;
  stopping(): void;
  alive(): void;
  /** The start takes at least this much longer, in milliseconds from now. */
  extendStart(ms: number): void;
  /** Settings that give this service mounts of its own, such as `PrivateTmp=yes`; empty where none is known. */
  privateSettings(): Promise<readonly string[]>;
}

export const noManager: ServiceManager = {
  watchdogMs: undefined,
  ready: () => undefined,
  status: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  alive: () => undefined,
  extendStart: () => undefined,
  privateSettings: () => Promise.resolve([]),
};
