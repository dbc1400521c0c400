/** The words of whatever was thrown. They may quote secrets: see `without-secrets.ts`. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** As {@link messageOf}, with the places in the code that led there: for logs. */
export function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
