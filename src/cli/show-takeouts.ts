import { checkedExport, namedFiles, type CheckedExport } from '../daemon/check-takeouts.js';
import { withKnownTakeouts } from '../daemon/profile-takeouts.js';
import { checkBytes } from '../daemon/check-takeout-bytes.js';
import { ExitCode } from '../support/user-error.js';
import { printable } from './account-surroundings.js';
import type { CliContext } from './cli-context.js';
import { count } from './render-status.js';
import { listLines } from './render-takeout.js';
import { daemonOfProfile } from './daemon-of-profile.js';
import { configOf, offline, untilRead } from './run-takeout.js';
import type { CheckList, TakeoutCheckRequest, TakeoutRequest } from './takeout-arguments.js';
import { TakeoutProgress } from './takeout-progress.js';

/** Shows the exports of a profile and their parts. */
export function listTakeouts(request: TakeoutRequest, context: CliContext): Promise<ExitCode> {
  return withKnownTakeouts(configOf(request, context).paths, (known) => {
    if (request.json) {
      const exports = known.exports.map(({ name, parts, missing, sums }) => ({
        name,
        parts: parts.map(({ path, state, counts, error }) => ({ file: path, state, entries: counts.entries, error })),
        missingParts: missing,
        items: sums.items,
      }));
      context.stdout.write(`${JSON.stringify({ exports }, null, 2)}\n`);
    } else for (const line of listLines(known)) context.stdout.write(`${line}\n`);
    return ExitCode.ok;
  });
}

/** Shows what was found in the exports. Ends with 65 if a part is missing or damaged, or a checksum is wrong. */
export async function checkTakeouts(request: TakeoutCheckRequest, context: CliContext): Promise<ExitCode> {
  const config = configOf(request, context);
  const progress = new TakeoutProgress(context);
  await readFirst(request, context, progress);
  progress.clear();
  return withKnownTakeouts(config.paths, async (known) => {
    const bytes =
      request.bytes && known.readings !== undefined
        ? await checkBytes(known.readings, (reading) => progress.show(reading, 'files'))
        : undefined;
    progress.clear();
    const exports = known.exports.map(checkedExport);
    const names = request.list === undefined ? undefined : namedFiles(request.list, known.exports, known.readings);
    if (request.json) context.stdout.write(`${JSON.stringify({ exports, bytes, names }, null, 2)}\n`);
    else for (const line of checkLines(exports, names, bytes)) context.stdout.write(`${printable(line)}\n`);
    const isBad = exports.some(({ missingParts, damaged }) => missingParts.length > 0 || damaged.length > 0);
    return isBad || (bytes?.wrong.length ?? 0) > 0 ? ExitCode.catalog : ExitCode.ok;
  });
}

/** A check tells of all parts: those that were not read yet are read before. */
async function readFirst(request: TakeoutRequest, context: CliContext, progress: TakeoutProgress): Promise<void> {
  const config = configOf(request, context);
  if ((await daemonOfProfile(config, context)) !== undefined) {
    await untilRead(config, context, progress);
    return;
  }
  const unread = await withKnownTakeouts(config.paths, ({ exports }) => exports.length > 0);
  if (unread) await offline(config, context, (takeouts) => takeouts.read((reading) => progress.show(reading)));
}

function checkLines(
  exports: readonly CheckedExport[],
  names: readonly string[] | undefined,
  bytes: { readonly files: number; readonly wrong: readonly string[] } | undefined,
): string[] {
  if (names !== undefined) return [...names];
  if (exports.length === 0) return listLines({ exports: [] });
  const lines = exports.flatMap(({ lines: own, sums, damaged, broken }) => [
    ...own,
    ...nextSteps(sums),
    ...damaged.map(({ error }) => `  ${error}`),
    ...broken.map((sum) => `  a sum does not hold (please report it): ${sum}`),
  ]);
  if (bytes === undefined) lines.push('bytes: not checked (--bytes reads everything)');
  else {
    lines.push(`bytes: ${count(bytes.files, 'file')} read, ${bytes.wrong.length.toLocaleString('en-US')} wrong`);
    for (const wrong of bytes.wrong) lines.push(`  ${wrong}`);
  }
  return lines;
}

/** What of an export a person may want to look at, and how. */
function nextSteps({ ambiguous, without, orphans, refused, unreadable }: CheckedExport['sums']): string[] {
  const steps: readonly [number, string, string, CheckList][] = [
    [without, 'file', 'without a sidecar: dated by their name, else by their folder', 'without'],
    [ambiguous, 'file', 'whose sidecar names leave open: dated as those without', 'ambiguous'],
    [orphans, 'sidecar', 'without a file: the photo is in none of these parts', 'orphans'],
    [refused + unreadable, 'file', 'not used', 'refused'],
  ];
  return steps.flatMap(([amount, noun, words, list]) =>
    amount === 0 ? [] : [`  ${count(amount, noun)} ${words} (takeout check --list ${list})`],
  );
}
