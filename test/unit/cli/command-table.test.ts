import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CliContext } from '../../../src/cli/cli-context.js';
import { command, commandWithActions, type Call, type Command } from '../../../src/cli/command.js';
import { COMMANDS } from '../../../src/cli/command-table.js';
import { parseCommandLine } from '../../../src/cli/command-line.js';
import { manPage } from '../../../src/cli/man-page.js';
import { completionScript } from '../../../src/cli/completions.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

/** Commands with actions of their own, options that only some actions take, and one that does something without an action. */
function madeUp(done: unknown[]): readonly Command[] {
  const run = (request: object): Promise<ExitCode> => {
    done.push(request);
    return Promise.resolve(ExitCode.ok);
  };
  const mount = command({
    name: '',
    positionals: '[mountpoint]',
    describe: 'mount',
    usage: 'Usage: $0 <mountpoint>',
    options: {},
    read: (given) => ({ mountpoint: given.folder() }),
    run,
  });
  const archive = commandWithActions({
    name: 'archive',
    positionals: '<action> [paths..]',
    describe: 'read archives',
    usage: 'Read archives.\n\nUsage:\n  $0 archive add PATH...\n  $0 archive check [--bytes]',
    options: { json: { describe: 'print JSON' }, bytes: { only: ['check'], describe: 'read every byte' } },
    actions: {
      add: { read: ({ words }) => ({ added: words }), run },
      check: { read: (given) => ({ bytes: given.isSet('bytes'), json: given.isSet('json') }), run },
    },
  });
  const choose = commandWithActions({
    name: 'choose',
    positionals: '[action] [id]',
    describe: 'choose items',
    usage: 'Choose items.\n\nUsage:\n  $0 choose [--count N]',
    options: { count: { takesValue: true, describe: 'how many' } },
    otherwise: { read: (given) => ({ count: given.text('count') }), run },
    actions: { cancel: { read: ({ words: [id] }) => ({ cancelled: id }), run } },
  });
  return [mount, archive, choose];
}

describe('a command with actions', () => {
  const call = (...args: string[]): Promise<Call> => parseCommandLine(args, '1.0.0', 80, madeUp([]));
  const refused = async (...args: string[]): Promise<string> => {
    const error: unknown = await call(...args).catch((reason: unknown) => reason);
    assert.ok(error instanceof UserError && error.exitCode === ExitCode.usage, args.join(' '));
    return `${error.message} ${error.hint}`;
  };

  it('a command with actions runs the action that was named, with its own words and options', async () => {
    const done: unknown[] = [];
    for (const args of [
      ['archive', 'add', 'a.tgz', 'b.tgz'],
      ['archive', 'check', '--bytes'],
      ['choose', 'cancel', '7'],
    ]) {
      const { run } = await parseCommandLine(args, '1.0.0', 80, madeUp(done));
      assert.equal(await run({} as CliContext), ExitCode.ok);
    }
    assert.deepEqual(done, [{ added: ['a.tgz', 'b.tgz'] }, { bytes: true, json: false }, { cancelled: '7' }]);
  });

  it('a command with actions does what it does without one where none is named', async () => {
    assert.deepEqual((await call('choose', '--count', '5')).request, { count: '5' });
  });

  it('a command with actions offers the action that was probably meant, or all of them', async () => {
    assert.equal(
      await refused('archive', 'chek'),
      'There is no command "archive chek". Did you mean: gphotos-mount archive check',
    );
    assert.equal(await refused('choose', 'me'), 'There is no command "choose me". There are: cancel.');
    assert.match(await refused('archive', 'toString'), /There is no command "archive toString"/);
  });

  it('a command with actions refuses an option of another action, and one that it does not know', async () => {
    assert.equal(
      await refused('archive', 'add', 'a.tgz', '--bytes'),
      '--bytes goes with check only. See: gphotos-mount archive --help',
    );
    assert.match(await refused('archive', 'add', '--jsn'), /There is no option --jsn\. Did you mean --json\?/);
  });
});

describe('the table of commands', () => {
  for (const { name, alias, options, words, describe: line } of COMMANDS) {
    const shown = name === '' ? 'mounting' : name;
    it(`${shown} is in the help, the man page and the completions with all its options`, async () => {
      const help = await parseCommandLine(name === '' ? ['--help'] : [name, '--help'], '1.0.0', 80);
      const { text } = help.request as { text: string };
      const bash = completionScript('bash', COMMANDS);
      const page = manPage('January 31, 2026');
      for (const [option, { describe: said }] of Object.entries(options)) {
        assert.match(text, new RegExp(`--${option}\\b`));
        assert.ok(text.replace(/\s+/g, ' ').includes(said.replace(/\s+/g, ' ')), said);
        assert.ok(bash.includes(`--${option}`) && page.includes(`Fl Fl ${option}`), option);
      }
      if (name === '') return;
      const { request } = await parseCommandLine(['--help'], '1.0.0', 80);
      assert.ok((request as { text: string }).text.includes(line.slice(0, 25)), line);
      assert.ok(bash.includes(`    ${name}) `) && bash.includes(`words='${words.join(' ')}'`), name);
      assert.match(page, new RegExp(`^\\.It Cm ${name}\\b`, 'm'));
      if (alias !== undefined) assert.equal((await parseCommandLine([alias, 'x'], '1.0.0', 80)).name, name);
    });
  }
});
