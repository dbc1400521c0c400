import yargs, { type Argv } from 'yargs';
import { CACHE_ACTIONS } from '../daemon/answer-cache.js';
import { makeParser, SHELLS } from './command-line.js';
import { OPTION_NAMES, optionSpec } from './option-table.js';
import { SERVICE_ACTIONS } from './service-arguments.js';

export interface OptionHelp {
  readonly name: string;
  readonly alias: string | undefined;
  readonly takesValue: boolean;
  readonly describe: string;
  readonly standard: string | undefined;
}

export interface CommandHelp {
  /** Undefined for mounting, which has no word of its own. */
  readonly name: string | undefined;
  /** As `status [mountpoint]`. */
  readonly synopsis: string;
  readonly describe: string;
  /** Words that may follow the command; empty where a folder or a file follows. */
  readonly words: readonly string[];
  readonly options: readonly OptionHelp[];
}

/** The part of yargs that describes commands; its types leave it out. */
interface Inside {
  getOptions(): {
    boolean: string[];
    alias: Record<string, string[]>;
    defaultDescription: Record<string, string | undefined>;
  };
  getInternalMethods(): {
    getUsageInstance(): { getDescriptions(): Record<string, string | undefined> };
    getCommandInstance(): {
      handlers: Record<string, { original: string; description: string | false; builder: (on: Argv) => unknown }>;
    };
  };
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  cache: CACHE_ACTIONS,
  service: SERVICE_ACTIONS,
  completion: SHELLS,
};

/** All commands with all their options, mounting first, from the parser itself. */
export function describeCommands(): readonly CommandHelp[] {
  const { handlers } = inside(makeParser('', 80, () => undefined))
    .getInternalMethods()
    .getCommandInstance();
  const commands = Object.entries(handlers).flatMap(([name, { original, description, builder }]): CommandHelp[] => {
    if (description === false) return [];
    const parser = yargs([], '/');
    builder(parser);
    return [{ name, synopsis: original, describe: description, words: WORDS[name] ?? [], options: optionsOf(parser) }];
  });
  const mountOptions = OPTION_NAMES.map((option): OptionHelp => {
    const { alias, placeholder, describe, standard } = optionSpec(option);
    return { name: option, alias, takesValue: placeholder !== undefined, describe, standard };
  });
  const mount = {
    name: undefined,
    synopsis: '<mountpoint>',
    describe: 'mount your Google Photos as a folder',
    words: [],
  };
  return [{ ...mount, options: mountOptions }, ...commands];
}

function optionsOf(parser: Argv): OptionHelp[] {
  const { boolean, alias, defaultDescription } = inside(parser).getOptions();
  const described = inside(parser).getInternalMethods().getUsageInstance().getDescriptions();
  return Object.entries(described).flatMap(([name, describe]) => {
    if (describe === undefined || ['help', 'version', 'h'].includes(name)) return [];
    const option = { name, alias: alias[name]?.[0], takesValue: !boolean.includes(name), describe };
    return [{ ...option, standard: defaultDescription[name] }];
  });
}

function inside(parser: Argv): Inside {
  return parser as unknown as Inside;
}
