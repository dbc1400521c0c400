import yargs, { type Argv } from 'yargs';
import { ExitCode } from '../support/user-error.js';
import { usage, type Given } from './arguments.js';
import type { Call, Command } from './command.js';
import { COMMANDS } from './command-table.js';

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['$0 ~/photos', 'mount on the folder ~/photos'],
  ['$0 --root media/all ~/all', 'show one folder of it only'],
  ['$0 --cache-max-size 9G ~/p', 'keep at most 9 GiB on disk'],
  ['$0 login', 'sign in, once; also while mounted'],
  ['$0 cache pin ~/photos/album/Rome', 'keep an album for offline use, with what comes later'],
  ['$0 status', 'what is mounted, synced and cached'],
  ['$0 unmount ~/photos', 'unmount it'],
];

/** Understands the arguments after the program's name. Throws UserError, `usage`, where they make no sense. */
export async function parseCommandLine(
  args: readonly string[],
  version: string,
  columns: number,
  commands: readonly Command[] = COMMANDS,
): Promise<Call> {
  let call: Call | undefined;
  let printed = '';
  const parser = makeParser(version, columns, commands, (found) => {
    call = found;
  });
  await parser.parseAsync([...args], {}, (_error, _argv, output) => {
    printed = output;
  });
  if (printed !== '') return printing(withoutTypes(printed));
  if (call === undefined) throw usage('Say which folder to mount on.', 'For example: gphotos-mount ~/photos');
  return call;
}

function printing(text: string): Call {
  const run: Call['run'] = ({ stdout }) => {
    stdout.write(`${text}\n`);
    return Promise.resolve(ExitCode.ok);
  };
  return { name: 'print', request: { text }, becomesDaemon: false, run };
}

function makeParser(version: string, columns: number, commands: readonly Command[], found: (call: Call) => void): Argv {
  // Without a folder it asks for the current one, which may be gone.
  const parser = yargs([], '/').scriptName('gphotos-mount');
  for (const command of commands) addCommand(parser, command, found);
  parser
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
      throw message ? usage(sentence(message)) : error;
    })
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': false,
    });
  for (const [line, meaning] of EXAMPLES) parser.example(line, meaning);
  return parser;
}

function addCommand(parser: Argv, command: Command, found: (call: Call) => void): void {
  const { name, alias, positionals, describe, usage: text } = command;
  const act = (given: Given): void => found(command.call(given));
  // Help tells of mounting at its head, not in the list of commands.
  if (name === '') {
    parser.usage(text).command(`$0 ${positionals}`, false, (builder) => addOptions(builder, command.options), act);
    return;
  }
  const words = [`${name} ${positionals}`.trimEnd(), ...(alias === undefined ? [] : [alias])];
  parser.command(words, describe, (builder) => addOptions(builder.usage(text), command.options), act);
}

function addOptions(builder: Argv, options: Command['options']): Argv {
  for (const [name, { describe, alias, takesValue = false, standard, group }] of Object.entries(options))
    builder.option(name, {
      type: takesValue ? 'string' : 'boolean',
      describe,
      ...(group === undefined ? {} : { group }),
      ...(alias === undefined ? {} : { alias }),
      ...(standard === undefined ? {} : { defaultDescription: standard }),
    });
  return builder;
}

/** That an option takes a text is plain from what is said of it. */
function withoutTypes(help: string): string {
  return help
    .split('\n')
    .map((line) => line.replace(/ ?\[(?:string|boolean)\]/g, '').trimEnd())
    .filter((line, index, lines) => line !== '' || (lines[index - 1] ?? '') !== '')
    .join('\n');
}

function sentence(message: string): string {
  const line = message.split('\n')[0]?.trim() ?? '';
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
