/** What went wrong, in words fit for a person, the log and the status document. */
export interface Problem {
  /** Machine-readable kind, such as `signed-out` or `catalog-damaged`. Stable. */
  readonly code: string;
  readonly message: string;
  /** The next step; empty where there is none. */
  readonly hint: string;
}
