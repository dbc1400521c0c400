import { commandClock } from '../support/clock.js';
import { messageOf } from '../support/message-of.js';
import { ArchiveThreads } from '../takeout/archives/archive-threads.js';

/** Asks for each part whether it is there, on threads of its own: a drive that hangs counts as not there. Gives why not, a sentence each. */
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
