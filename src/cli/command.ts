import type { ExitCode } from '../support/user-error.js';
import { Arguments, HELP_HINT, textOf, usage, type Given } from './arguments.js';
import type { CliContext } from './cli-context.js';
import { nearestName } from './nearest-name.js';
import type { Offers } from './offers.js';

/** An option, as help, man page and completions tell of it. */
export interface CommandOption {
  readonly describe: string;
  readonly alias?: string;
  /** Absent for switches. */
  readonly takesValue?: boolean;
  readonly offers?: Offers;
  /** The default, as help shows it. */
  readonly standard?: string;
  /** The heading that it stands under. */
  readonly group?: string;
  /** The only actions of the command that take it; absent: all. */
  readonly only?: readonly string[];
}

type Options<Option extends string> = Readonly<Record<Option, CommandOption>>;

interface Described<Option extends string> {
  /** Empty for mounting, which has no word of its own. */
  readonly name: string;
  readonly alias?: string;
  /** What may follow the name, as yargs and the man page write it: `[mountpoint]`, `<action> [path]`, `[paths..]`. */
  readonly positionals?: string;
  /** One line, for the list of commands. */
  readonly describe: string;
  /** What help shows above the options. */
  readonly usage: string;
  readonly options: Options<Option>;
}

/** How arguments become a request, and what is done with it. */
export interface Doing<Option extends string, Request extends object> {
  /** Throws UserError (usage) where the arguments make no sense. */
  read(given: Arguments<Option>): Request;
  /** Imports its file only when it is called: a process that only waits for another must be up in no time. */
  run(request: Request, context: CliContext): Promise<ExitCode>;
  /** Whether the process becomes a daemon. Absent: never. */
  becomesDaemon?(request: Request): boolean;
}

/** A command line, understood. */
export interface Call {
  /** Of the command. */
  readonly name: string;
  readonly request: object;
  readonly becomesDaemon: boolean;
  readonly run: (context: CliContext) => Promise<ExitCode>;
}

/** A row of the table of commands, for all that walk it. */
export interface Command extends Described<string> {
  readonly positionals: string;
  /** Words that may follow the name; empty where a folder or a file follows. */
  readonly words: readonly string[];
  /** Throws UserError (usage) where the arguments make no sense. */
  readonly call: (given: Given) => Call;
}

/** A command that does one thing. `words` are those that may follow it, where there are only some. */
export function command<Option extends string, Request extends object>(
  spec: Described<Option> & Doing<Option, Request> & { readonly words?: readonly string[] },
): Command {
  const { positionals = '', words = [] } = spec;
  const call = (given: Given): Call => {
    refuseUnknown(given, spec);
    return called(spec.name, spec, new Arguments<Option>(given, wordsOf(given, spec)));
  };
  return { ...described(spec), positionals, words, call };
}

/**
 * A command with actions, such as `cache pin`: its first positional is the action, and each action has its own request
 * and its own file. `otherwise` is done where none is named: one of them, or something else.
 */
export function commandWithActions<
  Option extends string,
  Requests extends Readonly<Record<string, object>>,
  Otherwise extends object = object,
>(
  spec: Described<Option> & {
    readonly positionals: string;
    readonly actions: { readonly [Action in keyof Requests]: Doing<Option, Requests[Action]> };
    readonly otherwise?: Doing<Option, Otherwise> | (keyof Requests & string);
  },
): Command {
  const { name, positionals, otherwise } = spec;
  const actions: Readonly<Record<string, Doing<Option, object>>> = spec.actions;
  const words = Object.keys(actions);
  const call = (given: Given): Call => {
    refuseUnknown(given, spec);
    const [word, ...rest] = wordsOf(given, spec);
    const action = word ?? (typeof otherwise === 'string' ? otherwise : undefined);
    if (action === undefined && typeof otherwise === 'object')
      return called(name, otherwise, new Arguments<Option>(given, rest));
    const doing = action !== undefined && Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (action === undefined || doing === undefined) throw noSuchAction(name, String(action), words);
    refuseForeign(given, spec, action);
    return called(name, doing, new Arguments<Option>(given, rest));
  };
  return { ...described(spec), positionals, words, call };
}

function described({ name, alias, describe, usage: text, options }: Described<string>): Described<string> {
  return { name, ...(alias === undefined ? {} : { alias }), describe, usage: text, options };
}

function called<Option extends string, Request extends object>(
  name: string,
  doing: Doing<Option, Request>,
  given: Arguments<Option>,
): Call {
  const request = doing.read(given);
  const becomesDaemon = doing.becomesDaemon?.(request) ?? false;
  return { name, request, becomesDaemon, run: (context) => doing.run(request, context) };
}

/** The names of the positionals: `action` and `path` of `<action> [path]`. */
function namesIn(positionals = ''): string[] {
  return [...positionals.matchAll(/[<[]([a-z]+)/g)].map(([, name = '']) => name);
}

function wordsOf(given: Given, { name, positionals }: Described<string>): string[] {
  const named = namesIn(positionals).flatMap((positional): unknown => given[positional]);
  const left: readonly unknown[] = Array.isArray(given['_']) ? given['_'] : [];
  return [...named, ...left.slice(name === '' ? 0 : 1)].map(textOf).filter((word) => word !== undefined);
}

function refuseUnknown(given: Given, { options, positionals }: Described<string>): void {
  const names = Object.keys(options);
  const aliases = Object.values(options).map(({ alias }) => alias);
  const known = new Set([...names, ...aliases, ...namesIn(positionals), '_', '$0', 'help', 'h', 'version']);
  const unknown = Object.keys(given).find((key) => !known.has(key));
  if (unknown === undefined) return;
  const near = nearestName(unknown, names);
  throw usage(
    `There is no option ${unknown.length === 1 ? '-' : '--'}${unknown}.`,
    near === undefined ? HELP_HINT : `Did you mean --${near}? ${HELP_HINT}`,
  );
}

function refuseForeign(given: Given, { name, options }: Described<string>, action: string): void {
  for (const [option, { only }] of Object.entries(options))
    if (only !== undefined && !only.includes(action) && given[option] !== undefined)
      throw usage(`--${option} goes with ${only.join(', ')} only.`, `See: gphotos-mount ${name} --help`);
}

function noSuchAction(name: string, action: string, words: readonly string[]): Error {
  const near = nearestName(action, words);
  return usage(
    `There is no command "${name} ${action}".`,
    near === undefined ? `There are: ${words.join(', ')}.` : `Did you mean: gphotos-mount ${name} ${near}`,
  );
}
