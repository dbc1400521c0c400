import { ExitCode, UserError } from '../support/user-error.js';

export const HELP_HINT = 'See: gphotos-mount --help';

/** What yargs found: options and positionals by name, and `_`, the words that are left. */
export type Given = Readonly<Record<string, unknown>>;

/** The options and words of one command line, for the command that reads them. */
export class Arguments<Option extends string> {
  readonly #given: Given;
  /** What follows the command, and its action; words behind a `--` too. */
  readonly words: readonly string[];

  constructor(given: Given, words: readonly string[]) {
    this.#given = given;
    this.words = words;
  }

  /** Whether a switch is on. */
  isSet(option: Option): boolean {
    return this.#last(option) === true;
  }

  /** The value of an option; the last of several. */
  text(option: Option): string | undefined {
    return textOf(this.#last(option));
  }

  /** As it was given: true for a switch. */
  value(option: Option): string | boolean | undefined {
    const value = this.#last(option);
    return typeof value === 'string' || typeof value === 'boolean' ? value : undefined;
  }

  /** Of an option that was given several times, the last counts. */
  #last(option: Option): unknown {
    const value = this.#given[option];
    return Array.isArray(value) ? value.at(-1) : value;
  }

  /** The one word there is, undefined where there is none. Throws UserError (usage) where there are more. */
  only(what: 'folder' | 'path'): string | undefined {
    const [word, extra] = this.words;
    if (extra === undefined) return word;
    throw usage(
      `Only one ${what} can be given; "${extra}" is one too many.`,
      `Put a path with spaces in quotes. ${HELP_HINT}`,
    );
  }

  /** The folder named, undefined where there is none. Throws UserError (usage) where there are several. */
  folder(): string | undefined {
    return this.only('folder') || undefined;
  }

  /** As {@link folder}, with an example where there is none. */
  folderTo(doing: string, example: string): string {
    const folder = this.folder();
    if (folder !== undefined) return folder;
    throw usage(`Say which folder to ${doing}.`, `For example: ${example}`);
  }
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** The error for a command line that makes no sense. */
export function usage(message: string, hint = HELP_HINT): UserError {
  return new UserError(ExitCode.usage, message, hint);
}
