import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import {
  jobLabel,
  plistOrigin,
  plistText,
  profileOfLabel,
  wordsOf,
  type LaunchdJob,
} from '../../../src/service/plist-text.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';
import { parsePlist } from '../../support/plist.js';

const JOB: LaunchdJob = {
  label: 'io.github.gphotos-mount',
  words: ['/opt/homebrew/bin/node', '/p/main.js', '__launchd', '--foreground', '--', '/Users/ada/photos'],
  environment: {},
  logFile: '/Users/ada/Library/Application Support/gphotos-mount/default/service.log',
  user: undefined,
};
const ODD = ['/n/node', '/p & "q" <r>/main.js', '--root=a\tb\nc\rd', '--', "/Users/ada/my photos 100% 'é' 日本"];

describe('a property list for launchd', () => {
  it('describes the job with the keys of launchd.plist(5)', () => {
    assert.deepEqual(parsePlist(plistText({ ...JOB, environment: { GPHOTOS_TOKEN_URL: 'http://h/?a&b' } })), {
      Label: 'io.github.gphotos-mount',
      LimitLoadToSessionType: 'Aqua',
      ProgramArguments: [...JOB.words],
      EnvironmentVariables: { GPHOTOS_TOKEN_URL: 'http://h/?a&b' },
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 30,
      ExitTimeOut: 30,
      ProcessType: 'Interactive',
      StandardOutPath: JOB.logFile,
      StandardErrorPath: JOB.logFile,
      Umask: 63,
    });
  });

  it('runs as a user from boot on where it belongs to the machine', () => {
    const read = parsePlist(plistText({ ...JOB, user: 'ada' })) as Record<string, unknown>;
    assert.equal(read['UserName'], 'ada');
    assert.equal('LimitLoadToSessionType' in read, false);
  });

  const python = spawnSync('python3', ['-c', 'import plistlib']).status === 0;
  it(
    'is read by the parser of Python with every path as it was: spaces, quotes, brackets, ampersands, tabs, line ends, other letters',
    { skip: python ? false : 'needs python3' },
    () => {
      const text = plistText({ ...JOB, words: ODD, environment: { 'A&B': '<x>' } });
      const read = spawnSync(
        'python3',
        ['-c', 'import json,plistlib,sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'],
        { input: text, encoding: 'utf8' },
      );
      assert.equal(read.status, 0, read.stderr);
      const { ProgramArguments, EnvironmentVariables } = JSON.parse(read.stdout) as Record<string, unknown>;
      assert.deepEqual(ProgramArguments, ODD);
      assert.deepEqual(EnvironmentVariables, { 'A&B': '<x>' });
    },
  );

  it('a property list for launchd gives its words back as they went in', () => {
    assert.deepEqual(wordsOf(plistText({ ...JOB, words: ODD })), ODD);
    assert.deepEqual(wordsOf('<plist/>'), []);
  });

  it('writes decomposed letters composed, so that a path has one spelling', () => {
    const text = plistText({ ...JOB, words: ['/n', '--', '/Users/ada/Fotos für mich'.normalize('NFD')] });
    assert.equal(wordsOf(text).at(-1), '/Users/ada/Fotos für mich'.normalize('NFC'));
    assert.equal(plistOrigin(text).kind, 'ours');
  });

  it('cannot hold a control character, and says which path has it', () => {
    assert.throws(
      () => plistText({ ...JOB, words: ['/Users/ada/\u0007'] }),
      (error) => error instanceof UserError && error.exitCode === ExitCode.usage && /\\u0007/.test(error.message),
    );
  });

  it('shows whether it was edited, whose it is and where it mounts', () => {
    const text = plistText(JOB);
    assert.deepEqual(plistOrigin(text), { kind: 'ours', mountpoint: '/Users/ada/photos' });
    assert.deepEqual(plistOrigin(text.replace('>30<', '>60<')), { kind: 'edited', mountpoint: '/Users/ada/photos' });
    assert.deepEqual(plistOrigin(text.replace('UTF-8', 'utf-8')), { kind: 'edited', mountpoint: '/Users/ada/photos' });
    assert.deepEqual(plistOrigin('<plist version="1.0"><dict></dict></plist>\n'), { kind: 'foreign' });
  });

  it('a property list for launchd is named after its profile, and the profile is told from the name', () => {
    for (const [profile, label] of [
      ['default', 'io.github.gphotos-mount'],
      ['work', 'io.github.gphotos-mount.work'],
      ['a.b', 'io.github.gphotos-mount.a.b'],
    ] as const) {
      assert.equal(jobLabel(profile), label);
      assert.equal(profileOfLabel(label), profile);
    }
    assert.equal(profileOfLabel('io.github.gphotos-mounter'), undefined);
  });
});
