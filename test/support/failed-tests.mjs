// A reporter of Node's test runner: one entry for each failed test, with its file and its error, and the count of
// skipped tests. `run-tests.mjs` prints the entries after everything else, where the end of a long log shows them.
export default async function* failedTests(events) {
  let skipped = 0;
  for await (const { type, data } of events) {
    if (type === 'test:pass' && data.skip !== undefined) skipped++;
    if (type !== 'test:fail' || data.todo !== undefined) continue;
    const error = data.details.error;
    // A suite or a file fails with its tests, which have an entry of their own.
    if (error?.failureType === 'subtestsFailed') continue;
    const cause = error?.cause ?? error;
    const text = String(cause?.stack ?? cause?.message ?? cause);
    yield `${entry({ file: data.file, line: data.line, name: data.name, error: text })}\n`;
  }
  yield `${entry({ skipped })}\n`;
}

function entry(fields) {
  return JSON.stringify(fields);
}
