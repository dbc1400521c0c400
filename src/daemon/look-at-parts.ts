import { commandClock } from '../support/clock.js';
import { messageOf } from '../support/message-of.js';
import { ArchiveThreads } from '../takeout/archives/archive-threads.js';

/** Looks for parts, on threads of its own: a drive that hangs counts as not there. Resolves to why they are not there, a sentence each. */
export async function absentParts(paths: readonly string[]): Promise<string[]> {
  const threads = new ArchiveThreads({ clock: commandClock });
  try {
    const answers = await Promise.all(
      paths.map((path) =>
        threads.stat(path).then(
          () => [],
          (error: unknown) => [messageOf(error)],
        ),
      ),
    );
    return answers.flat();
  } finally {
    await threads.close();
  }
}
