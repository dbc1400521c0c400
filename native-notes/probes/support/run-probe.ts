/** Says whether a fact about the layers below still holds: `look` gives undefined where it does, else what was seen instead. */
export async function runProbe(fact: string, look: () => Promise<string | undefined>): Promise<void> {
  let seen: string | undefined;
  try {
    seen = await look();
  } catch (error) {
    seen = `the probe failed: ${error instanceof Error ? error.message : String(error)}`;
  }
  console.log(seen === undefined ? `HOLDS ${fact}` : `CHANGED ${fact}: ${seen.replace(/\s+/g, ' ')}`);
  process.exitCode = seen === undefined ? 0 : 1;
}

/** Undefined where both are the same, else a sentence. */
export function differs(what: string, seen: unknown, expected: unknown): string | undefined {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  return a === b ? undefined : `${what} is ${a}, not ${b}`;
}

/** The error code that a promise rejects with, or `ok`. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'ok';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
