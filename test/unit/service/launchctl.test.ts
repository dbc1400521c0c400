import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Launchctl, parseJob } from '../../../src/service/launchctl.js';
import { lastingNode } from '../../../src/service/launchd.js';
import type { Answer } from '../../../src/service/systemd.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';
import { ManualClock } from '../content/manual-clock.js';

/** As launchctl of macOS prints a job, shortened. */
const RUNNING = `gui/501/io.github.gphotos-mount = {
	active count = 1
	path = /Users/ada/Library/LaunchAgents/io.github.gphotos-mount.plist
	type = LaunchAgent
	state = running

	program = /opt/homebrew/opt/node/bin/node
	arguments = {
		/opt/homebrew/opt/node/bin/node
		pid = 7
	}

	environment = {
		XPC_SERVICE_NAME => io.github.gphotos-mount
	}

	runs = 2
	pid = 913
	last terminating signal = Killed: 9
	last exit code = (never exited)

	spawn type = interactive (4)
	resource coalition = {
		ID = 1
		state = active
		active count = 1
	}
}
`;
const ENDED = RUNNING.replace('state = running', 'state = not running')
  .replace('\tpid = 913\n\tlast terminating signal = Killed: 9\n', '')
  .replace('(never exited)', '78: EX_CONFIG');

const GONE: Answer = { code: 113, stdout: '', stderr: 'Bad request.\nCould not find service "x" in domain' };
const DONE: Answer = { code: 0, stdout: '', stderr: '' };
const failed = (code: number, words: string): Answer => ({ code, stdout: '', stderr: words });
const loaded = (stdout = RUNNING): Answer => ({ code: 0, stdout, stderr: '' });

/** launchctl that answers from a list for each verb; the last answer of a list is given again and again. */
function launchctl(answers: Readonly<Record<string, readonly Answer[]>>) {
  const calls: string[] = [];
  const clock = new ManualClock();
  const given = new Map<string, number>();
  const made = new Launchctl(
    (program, args) => {
      calls.push([program, ...args].join(' '));
      const [verb = ''] = args;
      const list = answers[verb] ?? [DONE];
      const at = given.get(verb) ?? 0;
      given.set(verb, at + 1);
      return Promise.resolve(list[Math.min(at, list.length - 1)] ?? DONE);
    },
    clock,
    { domain: 'gui/501', label: 'x' },
  );
  /** How it ended: the words of a refusal, or `done`. */
  const outcome = async (work: Promise<void>): Promise<string> => {
    let said: string | undefined;
    work.then(
      () => (said = 'done'),
      (error: unknown) => {
        assert.ok(error instanceof UserError, String(error));
        said = `${error.exitCode} ${error.message} ${error.hint}`;
      },
    );
    for (let seconds = 0; said === undefined && seconds < 120; seconds += 1) await clock.advance(1000);
    return said ?? 'pending';
  };
  return { made, calls, clock, outcome };
}

describe('what launchctl says of a job', () => {
  it('what launchctl says of a job is read from its own lines, not from what is nested in them', () => {
    assert.deepEqual(parseJob(RUNNING), {
      state: 'running',
      file: '/Users/ada/Library/LaunchAgents/io.github.gphotos-mount.plist',
      pid: 913,
      lastExit: undefined,
      lastSignal: 'Killed: 9',
    });
  });

  it('what launchctl says of a job has an exit code with or without its name, and none before the first end', () => {
    assert.equal(parseJob(ENDED).lastExit, 78);
    assert.equal(parseJob(ENDED).state, 'not running');
    assert.equal(parseJob(ENDED.replace('78: EX_CONFIG', '0')).lastExit, 0);
    assert.equal(parseJob(RUNNING).lastExit, undefined);
  });

  it('may be nothing at all', () => {
    assert.deepEqual(parseJob(''), {
      state: 'unknown',
      file: undefined,
      pid: undefined,
      lastExit: undefined,
      lastSignal: undefined,
    });
  });
});

describe('loading a file into launchd', () => {
  it('enables the service first: one that was disabled once cannot be loaded', async () => {
    const { made, calls, outcome } = launchctl({});
    assert.equal(await outcome(made.load('/f.plist')), 'done');
    assert.deepEqual(calls, ['launchctl enable gui/501/x', 'launchctl bootstrap gui/501 /f.plist']);
  });

  for (const words of [
    '37: Operation already in progress',
    '37: The specified service was already loaded',
    '5: Input/output error',
  ])
    it(`while the service of before is still on its way out ("${words}") waits and tries again`, async () => {
      const busy = failed(Number.parseInt(words, 10), `Bootstrap failed: ${words}`);
      const { made, calls, outcome } = launchctl({ bootstrap: [busy, busy, DONE], print: [loaded(), loaded(), GONE] });
      assert.equal(await outcome(made.load('/f.plist')), 'done');
      assert.equal(calls.filter((call) => call.includes('bootstrap')).length, 3);
      assert.equal(calls.filter((call) => call.includes('bootout')).length, 1);
    });

  it('loading a file into launchd that is wrong is refused after some seconds, with the words of launchd and how to check it', async () => {
    const { made, outcome } = launchctl({
      bootstrap: [failed(5, 'Bootstrap failed: 5: Input/output error\nTry re-running the command as root')],
      print: [GONE],
    });
    assert.match(
      await outcome(made.load('/f.plist')),
      /^2 launchd does not load \/f\.plist \(Bootstrap failed: 5: Input\/output error\)\. .*plutil -lint '\/f\.plist'/,
    );
  });

  it('loading a file into launchd without a login at the desktop is refused with what to do, at once', async () => {
    const { made, calls, outcome } = launchctl({
      bootstrap: [failed(125, 'Bootstrap failed: 125: Domain does not support specified action')],
    });
    assert.match(
      await outcome(made.load('/f.plist')),
      /^2 launchd has no desktop session of yours \(Bootstrap failed: 125: .*Log in at the desktop .*--system --user NAME/,
    );
    assert.equal(calls.filter((call) => call.includes('bootstrap')).length, 1);
  });
});

describe('taking a service out of launchd', () => {
  for (const [what, answer] of [
    ['0', DONE],
    ['36, still on its way out', failed(36, 'Boot-out failed: 36: Operation now in progress')],
    ['3, gone', failed(3, 'Boot-out failed: 3: No such process')],
  ] as const)
    it(`taking a service out of launchd is done when launchd has forgotten it, whatever bootout ends with (${what})`, async () => {
      const { made, calls, outcome } = launchctl({ bootout: [answer], print: [loaded(), loaded(), GONE] });
      assert.equal(await outcome(made.unload()), 'done');
      assert.equal(calls.filter((call) => call.includes('print')).length, 3);
    });

  it('taking a service out of launchd that stays is told as busy after 40 seconds, longer than the process may take to end', async () => {
    const { made, outcome } = launchctl({ bootout: [failed(36, 'Boot-out failed: 36: x')], print: [loaded()] });
    assert.match(await outcome(made.unload()), /^75 launchd does not end gui\/501\/x \(Boot-out failed: 36: x\)/);
  });
});

describe('reaching launchd', () => {
  it('over ssh, with nobody at the desktop, says where to log in', async () => {
    const { made, outcome } = launchctl({
      print: [failed(113, 'Bad request.\nCould not find domain for user gui: 501')],
    });
    const said = await outcome(made.reach());
    assert.match(said, new RegExp(`^${ExitCode.system} launchd has no desktop session of yours`));
    assert.match(said, /Log in at the desktop/);
  });

  it('reaching launchd without launchctl says how to mount without it', async () => {
    const { made, outcome } = launchctl({ print: [{ code: undefined, stdout: '', stderr: '' }] });
    assert.match(await outcome(made.reach()), /has no launchctl.*gphotos-mount -f/);
  });
});

describe('the path of Node in a service of macOS', () => {
  it('the path of Node in a service of macOS is the link of Homebrew, which outlives an upgrade, where Node is its', () => {
    const every = (): boolean => true;
    const cellar = '/opt/homebrew/Cellar/node@22/22.12.0/bin/node';
    assert.equal(lastingNode(cellar, every), '/opt/homebrew/opt/node@22/bin/node');
    assert.equal(lastingNode('/usr/local/Cellar/node/24.1.0_1/bin/node', every), '/usr/local/opt/node/bin/node');
    assert.equal(
      lastingNode(cellar, () => false),
      cellar,
    );
    assert.equal(
      lastingNode('/Users/ada/.nvm/versions/node/v22.1.0/bin/node', every),
      '/Users/ada/.nvm/versions/node/v22.1.0/bin/node',
    );
  });
});
