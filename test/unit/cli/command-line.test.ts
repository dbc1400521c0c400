import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCommandLine } from '../../../src/cli/command-line.js';
import { OPTION_NAMES } from '../../../src/cli/option-table.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

/** The request that a command line makes, and of which command. */
async function parse(...args: string[]): Promise<Readonly<Record<string, unknown>>> {
  const { name, request } = await parseCommandLine(args, '1.2.3', 100);
  return { kind: name === '' ? 'mount' : name, ...request };
}

async function printed(columns: number, ...args: string[]): Promise<string> {
  const { name, request } = await parseCommandLine(args, '1.2.3', columns);
  assert.equal(name, 'print');
  return (request as { text: string }).text;
}

async function refusal(...args: string[]): Promise<UserError> {
  const error: unknown = await parse(...args).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, `${args.join(' ')} is refused`);
  assert.equal(error.exitCode, ExitCode.usage);
  return error;
}

describe('the command line', () => {
  it('the command line takes a folder alone as the mount point', async () => {
    assert.deepEqual(await parse('/photos'), { kind: 'mount', mountpoint: '/photos', options: {} });
  });

  it('the command line keeps the text of values and the presence of switches', async () => {
    assert.deepEqual(await parse('-f', '--show-archived', '--uid', '007', '--poll-interval=5m', '/photos'), {
      kind: 'mount',
      mountpoint: '/photos',
      options: { foreground: true, 'show-archived': true, uid: '007', 'poll-interval': '5m' },
    });
  });

  it('the command line takes "takeout" alone as "takeout list", and refuses options that listing does not have', async () => {
    assert.deepEqual(await parse('takeout', '--json'), await parse('takeout', 'list', '--json'));
    for (const option of ['--wait', '--bytes', '--list=orphans']) {
      const { message, hint } = await refusal('takeout', option);
      assert.match(message, /^--(?:wait|bytes|list) goes with (?:add|check) only\.$/);
      assert.equal(hint, 'See: gphotos-mount takeout --help');
    }
  });

  it('the command line takes the last of two values', async () => {
    const command = await parse('--uid', '1', '/photos', '--uid', '2');
    assert.deepEqual(command['options'], { uid: '2' });
  });

  it('the command line takes a folder that looks like a number or, after --, like an option', async () => {
    assert.deepEqual(await parse('007'), { kind: 'mount', mountpoint: '007', options: {} });
    assert.deepEqual(await parse('--', '-x'), { kind: 'mount', mountpoint: '-x', options: {} });
  });

  it('the command line understands status and unmount, also under its old name', async () => {
    assert.deepEqual(await parse('status'), {
      kind: 'status',
      mountpoint: undefined,
      json: false,
      check: false,
      profile: undefined,
    });
    assert.deepEqual(await parse('status', '/p', '--json', '--profile', 'work'), {
      kind: 'status',
      mountpoint: '/p',
      json: true,
      check: false,
      profile: 'work',
    });
    assert.deepEqual(await parse('unmount', '/p'), {
      kind: 'unmount',
      mountpoint: '/p',
      lazy: false,
      ifMounted: false,
    });
    assert.deepEqual(await parse('umount', '-z', '/p'), {
      kind: 'unmount',
      mountpoint: '/p',
      lazy: true,
      ifMounted: false,
    });
  });

  it('the command line refuses an unknown option and offers the one probably meant', async () => {
    const error = await refusal('--pol-interval', '5m', '/photos');
    assert.equal(error.message, 'There is no option --pol-interval.');
    assert.match(error.hint, /Did you mean --poll-interval\?/);
    assert.match((await refusal('status', '--jsn')).hint, /--json/);
    assert.match((await refusal('-z', '/photos')).message, /no option -z\./);
  });

  it('the command line refuses a missing folder and a second one', async () => {
    assert.match((await refusal()).message, /which folder to mount on/);
    assert.match((await refusal('unmount')).message, /which folder to unmount/);
    assert.match((await refusal('/a', '/b')).message, /"\/b" is one too many/);
    assert.match((await refusal('status', '/a', '/b')).message, /"\/b" is one too many/);
  });

  it('the command line prints the version', async () => {
    assert.deepEqual(await parse('--version'), { kind: 'print', text: 'gphotos-mount 1.2.3' });
  });

  it('the command line prints a help that names every option and gives examples', async () => {
    const text = await printed(100, '--help');
    for (const name of OPTION_NAMES) assert.ok(text.includes(`--${name} `), `--${name} is in the help`);
    assert.match(text, /Examples:\n +gphotos-mount ~\/photos/);
    assert.match(text, /gphotos-mount unmount/);
    assert.ok(
      text.split('\n').every((line) => line.length <= 100),
      'fits the width',
    );
  });
});

describe('the help', () => {
  it('the help fits a terminal of 80 columns, and says no types', async () => {
    for (const args of [['--help'], ['status', '--help'], ['unmount', '--help']]) {
      const text = await printed(80, ...args);
      assert.match(text, /Usage: gphotos-mount/);
      for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
      assert.doesNotMatch(text, /\[string\]|\[boolean\]|\n\n\n/);
    }
  });
});
