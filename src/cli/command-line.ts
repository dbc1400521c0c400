import yargs, { type Argv } from 'yargs';
import { CACHE_ACTIONS, type CacheAction } from '../daemon/answer-cache.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { addAccountCommands, type AccountCommand } from './account-commands.js';
import { nearestName } from './nearest-name.js';
import { OPTION_NAMES, optionSpec, type OptionName } from './option-table.js';
import { addServiceCommand, type ServiceCommand } from './service-arguments.js';
import type { GivenOptions } from './settings.js';

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'mount'; readonly mountpoint: string; readonly options: GivenOptions }
  | {
      readonly kind: 'status';
      readonly mountpoint: string | undefined;
      readonly json: boolean;
      /** One line and exit code 0, 1 or 2, for a monitor. */
      readonly check?: boolean;
      readonly profile: string | undefined;
    }
  | {
      readonly kind: 'cache';
      readonly action: CacheAction;
      readonly path: string | undefined;
      readonly json: boolean;
    }
  | { readonly kind: 'unmount'; readonly mountpoint: string; readonly lazy: boolean; readonly ifMounted?: boolean }
  | AccountCommand
  | ServiceCommand
  | {
      readonly kind: 'sync';
      readonly mountpoint: string | undefined;
      readonly profile: string | undefined;
      readonly full: boolean;
      readonly wait: boolean;
      readonly acceptRemovals: boolean;
    }
  | { readonly kind: 'completion'; readonly shell: Shell }
  | { readonly kind: 'print'; readonly text: string };

const GROUPS = {
  tree: 'What to show:',
  access: 'Who may see it:',
  cache: 'Disk cache:',
  sync: 'Keeping up:',
  running: 'Running:',
} as const;

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['$0 ~/photos', 'mount on the folder ~/photos'],
  ['$0 --root media/all ~/all', 'show one folder of it only'],
  ['$0 --cache-max-size 9G ~/p', 'keep at most 9 GiB on disk'],
  ['$0 login', 'sign in, once; also while mounted'],
  ['$0 cache pin ~/photos/album/Rome', 'keep an album for offline use, with what comes later'],
  ['$0 status', 'what is mounted, synced and cached'],
  ['$0 unmount ~/photos', 'unmount it'],
];

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const COMPLETION_USAGE = `Print a completion script.

Usage:
  $0 completion bash > ~/.local/share/bash-completion/completions/gphotos-mount
  $0 completion zsh > FOLDER-OF-FPATH/_gphotos-mount
  $0 completion fish > ~/.config/fish/completions/gphotos-mount.fish`;

const HELP_HINT = 'See: gphotos-mount --help';

/** Understands the arguments after the program's name. Throws UserError, `usage`, where they make no sense. */
export async function parseCommandLine(args: readonly string[], version: string, columns: number): Promise<Command> {
  let command: Command | undefined;
  const parser = makeParser(version, columns, (found) => {
    command = found;
  });
  let printed = '';
  await parser.parseAsync([...args], {}, (_error, _argv, output) => {
    printed = output;
  });
  if (printed !== '') return { kind: 'print', text: withoutTypes(printed) };
  if (command === undefined) missing('mount on', 'gphotos-mount ~/photos');
  return command;
}

/**
 * All commands with their options; `found` takes what was asked for. Completions and the man page are made from it too.
 */
export function makeParser(version: string, columns: number, found: (command: Command) => void): Argv {
  // Without a folder it asks for the current one, which may be gone.
  const parser = yargs([], '/')
    .scriptName('gphotos-mount')
    .usage('Mount your Google Photos as a folder.\n\nUsage: $0 <mountpoint> [options]')
    .command(
      '$0 [mountpoint]',
      false,
      (builder) => mountOptions(builder),
      (given) => {
        found(mountCommand(given));
      },
    )
    .command(
      'status [mountpoint]',
      'tell how a mount is doing',
      (builder) =>
        builder
          .usage('Tell how a mount is doing.\n\nUsage: $0 status [mountpoint] [options]')
          .option('json', { type: 'boolean', describe: 'print the whole status document as JSON' })
          .option('check', { type: 'boolean', describe: 'one line; exit code 0 well, 1 degraded, 2 down' })
          .option('profile', { type: 'string', describe: 'the mount of this profile' }),
      (given) => {
        refuseUnknown(given, ['json', 'check', 'profile', 'mountpoint']);
        found({
          kind: 'status',
          mountpoint: onlyFolder(given),
          json: given['json'] === true,
          ...(given['check'] === true ? { check: true } : {}),
          profile: textOf(given['profile']),
        });
      },
    )
    .command(
      ['unmount [mountpoint]', 'umount'],
      'unmount, also after a crash',
      (builder) =>
        builder
          .usage('Unmount a folder that gphotos-mount mounted.\n\nUsage: $0 unmount <mountpoint> [options]')
          .option('lazy', { type: 'boolean', alias: 'z', describe: 'although programs have files of it open' })
          .option('if-mounted', { type: 'boolean', describe: 'nothing mounted there is no error' }),
      (given) => {
        refuseUnknown(given, ['mountpoint', 'lazy', 'z', 'if-mounted']);
        found({
          kind: 'unmount',
          mountpoint: onlyFolder(given) ?? missing('unmount', 'gphotos-mount unmount ~/photos'),
          lazy: given['lazy'] === true,
          ...(given['if-mounted'] === true ? { ifMounted: true } : {}),
        });
      },
    )
    .command(
      'sync [mountpoint]',
      'look for changes at once',
      (builder) =>
        builder
          .usage('Look for changes in your library at once.\n\nUsage:\n  $0 sync [mountpoint] [options]')
          .option('full', { type: 'boolean', describe: 'compare everything, which also removes what is gone' })
          .option('wait', { type: 'boolean', describe: 'return when that is done; fail if it fails' })
          .option('accept-removals', {
            type: 'boolean',
            describe: 'compare everything, and remove what the last comparison held back',
          })
          .option('profile', { type: 'string', describe: 'the mount of this profile' }),
      (given) => {
        refuseUnknown(given, ['mountpoint', 'full', 'wait', 'accept-removals', 'profile']);
        found({
          kind: 'sync',
          mountpoint: onlyFolder(given),
          profile: textOf(given['profile']),
          full: given['full'] === true,
          wait: given['wait'] === true,
          acceptRemovals: given['accept-removals'] === true,
        });
      },
    )
    .command(
      'cache <action> [path]',
      'look into the disk cache, keep files for offline use, fetch them ahead',
      (builder) =>
        builder
          .usage(
            'Use the disk cache of a running mount.\n\nUsage:\n  $0 cache stats|clear [mountpoint]\n' +
              '  $0 cache pin|unpin|warm <path in the mount>',
          )
          .option('json', { type: 'boolean', describe: 'print the outcome as JSON' }),
      (given) => {
        refuseUnknown(given, ['action', 'path', 'json']);
        found(cacheCommand(given));
      },
    )
    .command(
      'completion [shell]',
      'print a completion script for bash, zsh or fish',
      (builder) => builder.usage(COMPLETION_USAGE),
      (given) => {
        refuseUnknown(given, ['shell']);
        found(completionCommand(given));
      },
    )
    .help('help')
    .alias('help', 'h')
    .version(`gphotos-mount ${version}`)
    .epilogue(
      'Documentation: README.md, SEMANTICS.md. Settings may also stand in config.json or in GPHOTOS_* variables.',
    )
    .wrap(Math.min(80, columns))
    .locale('en')
    .exitProcess(false)
    .fail((message: string | null, error: Error) => {
      // Without a message it is an error of a handler above, which says its own words.
      throw message ? new UserError(ExitCode.usage, sentence(message), HELP_HINT) : error;
    })
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': false,
    });
  addAccountCommands(parser, refuseUnknown, found);
  addServiceCommand(
    parser,
    { options: mountOptions, given: optionsIn },
    (given) => refuseUnknown(given, [...OPTION_NAMES, 'f', 'mountpoint', 'action', 'system', 'user', 'print']),
    found,
  );
  for (const [line, meaning] of EXAMPLES) parser.example(line, meaning);

  return parser;
}

function mountOptions(builder: Argv): Argv {
  for (const name of OPTION_NAMES) {
    const spec = optionSpec(name);
    const isSwitch = spec.placeholder === undefined;
    builder.option(name, {
      type: isSwitch ? 'boolean' : 'string',
      describe: spec.describe,
      group: GROUPS[spec.group],
      ...(spec.alias === undefined ? {} : { alias: spec.alias }),
      ...(spec.standard === undefined ? {} : { defaultDescription: spec.standard }),
    });
  }
  return builder;
}

function mountCommand(given: Record<string, unknown>): Command {
  refuseUnknown(given, [...OPTION_NAMES, 'f', 'mountpoint']);
  const mountpoint = onlyFolder(given) ?? missing('mount on', 'gphotos-mount ~/photos');
  return { kind: 'mount', mountpoint, options: optionsIn(given) };
}

function optionsIn(given: Record<string, unknown>): GivenOptions {
  const options: Partial<Record<OptionName, string | boolean>> = {};
  for (const name of OPTION_NAMES) {
    const value = given[name];
    if (typeof value === 'string' || typeof value === 'boolean') options[name] = value;
  }
  return options;
}

function completionCommand(given: Record<string, unknown>): Command {
  const [, ...more] = Array.isArray(given['_']) ? given['_'].map(String) : [];
  const shell = SHELLS.find((known) => known === given['shell']);
  if (shell === undefined || more.length > 0)
    throw new UserError(
      ExitCode.usage,
      `Say which shell: ${SHELLS.join(', ')}.`,
      'For example: gphotos-mount completion bash',
    );
  return { kind: 'completion', shell };
}

function cacheCommand(given: Record<string, unknown>): Command {
  const action = CACHE_ACTIONS.find((known) => known === given['action']);
  if (action === undefined) {
    const near = nearestName(String(given['action']), CACHE_ACTIONS);
    throw new UserError(
      ExitCode.usage,
      `There is no command "cache ${String(given['action'])}".`,
      near === undefined ? `There are: ${CACHE_ACTIONS.join(', ')}.` : `Did you mean: gphotos-mount cache ${near}`,
    );
  }
  const path = textOf(given['path']);
  if (path === undefined && action !== 'stats' && action !== 'clear') {
    throw new UserError(
      ExitCode.usage,
      `Say what to ${action}.`,
      `For example: gphotos-mount cache ${action} ~/photos/album/Rome`,
    );
  }
  const extra = Array.isArray(given['_']) ? given['_'].slice(1) : [];
  if (extra.length > 0) {
    throw new UserError(
      ExitCode.usage,
      `Only one path can be given; "${String(extra[0])}" is one too many.`,
      `Put a path with spaces in quotes. ${HELP_HINT}`,
    );
  }
  return { kind: 'cache', action, path, json: given['json'] === true };
}

function refuseUnknown(given: Record<string, unknown>, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key) || ['_', '$0', 'help', 'h', 'version'].includes(key)) continue;
    const candidates = known.filter((name) => name.length > 1 && name !== 'mountpoint');
    const near = nearestName(key, candidates);
    throw new UserError(
      ExitCode.usage,
      `There is no option ${key.length === 1 ? '-' : '--'}${key}.`,
      near === undefined ? HELP_HINT : `Did you mean --${near}? ${HELP_HINT}`,
    );
  }
}

/** The one folder given, before or after a `--`. */
function onlyFolder(given: Record<string, unknown>): string | undefined {
  const words = Array.isArray(given['_']) ? given['_'].map(String) : [];
  const commandWord = ['status', 'unmount', 'umount', 'sync'].includes(words[0] ?? '') ? 1 : 0;
  const named = textOf(given['mountpoint']);
  const folders = [...(named === undefined ? [] : [named]), ...words.slice(commandWord)];
  if (folders.length > 1) {
    throw new UserError(
      ExitCode.usage,
      `Only one folder can be given; "${folders[1] ?? ''}" is one too many.`,
      `Put a path with spaces in quotes. ${HELP_HINT}`,
    );
  }
  return folders[0] === '' ? undefined : folders[0];
}

function missing(doing: string, example: string): never {
  throw new UserError(ExitCode.usage, `Say which folder to ${doing}.`, `For example: ${example}`);
}

/** That an option takes a text is plain from what is said of it. */
function withoutTypes(help: string): string {
  return help
    .split('\n')
    .map((line) => line.replace(/ ?\[(?:string|boolean)\]/g, '').trimEnd())
    .filter((line, index, lines) => line !== '' || (lines[index - 1] ?? '') !== '')
    .join('\n');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function sentence(message: string): string {
  const line = message.split('\n')[0]?.trim() ?? '';
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
