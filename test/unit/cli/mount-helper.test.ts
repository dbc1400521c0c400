import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isMountHelperCall, parseMountHelper, splitOptions } from '../../../src/cli/mount-helper-arguments.js';
import { OPTION_NAMES, optionSpec } from '../../../src/cli/option-table.js';
import { mountCode } from '../../../src/cli/run-mount-helper.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

const parse = (options: string, ...flags: string[]) =>
  parseMountHelper(['alice#work', '/mnt/photos', ...flags, '-o', options]);

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, ExitCode.usage);
    return error.message;
  }
  assert.fail('it is refused');
}

describe('mount.gphotos', () => {
  it('reads user, profile and folder from a line of /etc/fstab', () => {
    const { user, directory, options, source } = parseMountHelper(['alice#work', '/mnt/my photos ü', '-o', 'rw']);
    assert.deepEqual(
      { user, directory, options },
      { user: 'alice', directory: '/mnt/my photos ü', options: { profile: 'work' } },
    );
    assert.equal(source, 'alice#work');
    assert.deepEqual(parseMountHelper(['alice', '/mnt']).options, {});
    assert.equal(parseMountHelper(['#work', '/mnt']).user, '');
  });

  it('reads the user from the path that mount(8) makes of a name that exists in the current folder', () => {
    assert.equal(parseMountHelper(['/home/alice', '/mnt']).user, 'alice');
  });

  it('takes every option of the table that a mount can have, with _ or - in its name', () => {
    for (const name of OPTION_NAMES) {
      const { placeholder, argvOnly } = optionSpec(name);
      const value = placeholder === undefined ? '' : '=work';
      for (const spelled of [name, name.replaceAll('-', '_')]) {
        if (argvOnly === true)
          assert.match(
            refusal(() => parse(`${spelled}${value}`)),
            /no mount option/,
          );
        else
          assert.equal(parse(`${spelled}${value}`).options[name], placeholder === undefined ? true : 'work', spelled);
      }
    }
    assert.equal(parse('show_archived=false').options['show-archived'], 'false');
  });

  it('leaves to mount(8) and systemd what is theirs', () => {
    const generic = 'rw,ro,defaults,noauto,nofail,_netdev,user,users,user=alice,nosuid,dev,exec,noatime,comment=mine';
    const systemd = 'x-systemd.requires=a.service,x-systemd.mount-timeout=30s,X-mount.mkdir,x-gvfs-show';
    assert.deepEqual(parse(`${generic},${systemd}`).options, { profile: 'work' });
  });

  it('refuses an option that it does not know and names the nearest, or passes over it with -s', () => {
    assert.equal(
      refusal(() => parse('rw,pol_interval=1h')),
      'There is no mount option "pol_interval".',
    );
    assert.equal(
      refusal(() => parse('allow_other,nonsense')),
      'There is no mount option "nonsense".',
    );
    assert.match(
      refusal(() => parse('remount,ro')),
      /cannot be mounted again/,
    );
    assert.equal(parse('pol_interval=1h,poll_interval=2h', '-s').options['poll-interval'], '2h');
  });

  it('refuses an option without the value that it needs', () => {
    assert.equal(
      refusal(() => parse('poll_interval')),
      'The mount option poll_interval needs a value: poll_interval=TIME.',
    );
  });

  it('takes a value with commas between double quotes', () => {
    assert.equal(parse('ro,root="album/Rome, again",uid=5').options.root, 'album/Rome, again');
    assert.deepEqual(splitOptions('a,b="c,d",,e'), ['a', 'b="c,d"', 'e']);
    assert.deepEqual(splitOptions('a="b,c'), ['a="b', 'c']);
  });

  it('sets variables of the mount with env., but none that may hold a secret', () => {
    assert.deepEqual(parse('env.HTTPS_PROXY=http://proxy:3128').environment, { HTTPS_PROXY: 'http://proxy:3128' });
    for (const secret of ['env.GPHOTOS_REFRESH_TOKEN=x', 'env.HTTPS_PROXY=http://me:word@proxy', 'env.LD_PRELOAD=/x'])
      assert.match(
        refusal(() => parse(secret)),
        /is not taken/,
        secret,
      );
  });

  it('refuses two profiles, a third word and a third part of the source', () => {
    assert.match(
      refusal(() => parse('profile=home')),
      /Two profiles/,
    );
    assert.equal(parse('profile=work').options.profile, 'work');
    assert.match(
      refusal(() => parseMountHelper(['alice', '/mnt', 'more'])),
      /is called as/,
    );
    assert.match(
      refusal(() => parseMountHelper(['alice'])),
      /is called as/,
    );
    assert.match(
      refusal(() => parseMountHelper(['alice#a#b', '/mnt'])),
      /is not a user/,
    );
  });

  it('takes the flags of mount(8) in any order, and refuses others', () => {
    const call = parseMountHelper(['-v', 'alice', '/mnt', '-fn', '-t', 'gphotos.x', '-o', 'ro', '-o', 'uid=5']);
    assert.equal(call.isFake && call.isVerbose, true);
    assert.equal(call.options.uid, '5');
    assert.match(
      refusal(() => parseMountHelper(['alice', '/mnt', '-N', '/proc/1/ns/mnt'])),
      /namespace/,
    );
    assert.match(
      refusal(() => parseMountHelper(['alice', '/mnt', '-x'])),
      /no option -x/,
    );
  });

  it('is told from a command of a person by -o behind a source and an absolute folder', () => {
    assert.equal(isMountHelperCall(['alice', '/mnt', '-o', 'rw']), true);
    assert.equal(isMountHelperCall(['status', 'photos', '-o']), false);
    assert.equal(isMountHelperCall(['/mnt', '--root', 'media']), false);
    assert.equal(isMountHelperCall([]), false);
  });

  it('ends with the exit codes of mount(8) alone', () => {
    const codes = Object.values(ExitCode).map((code) => mountCode(code));
    assert.deepEqual(
      [...new Set(codes)].sort((a, b) => a - b),
      [0, 1, 2, 4, 8, 32],
    );
    assert.equal(mountCode(ExitCode.usage), 1);
    assert.equal(mountCode(ExitCode.signIn), 32);
  });
});
