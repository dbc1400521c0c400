import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { repository, runProgram, withChildMount } from '../support/child-mount.js';

type Answers = Readonly<Record<string, unknown>>;

const probes = join(repository, 'test/support/errno_probes.py');
const ORDINARY_USER = '65534';

/** Read-only by the mount alone, or by the file system below it: before a user who may not write anyway they answer apart. */
const READ_ONLY = {
  'bind mount': 'mount --bind . ../bound; mount -o remount,bind,ro ../bound',
  'file system': 'mount -o remount,ro .; cd ..; mount --bind tree bound',
} as const;

/** Calls on a writable mount that the kernel answers by their arguments or by what is there, asking no file system. */
const JUDGED_BY_KERNEL = [
  'link directory',
  'open temporary file',
  'rename directory into itself',
  'rename exchanging',
  'rename missing',
  'rename to itself',
  'rename without replacing',
  'rmdir file',
  'rmdir missing',
  'unlink directory',
  'unlink missing',
];

/** Said in SEMANTICS.md: ENOTSUP, so that `ls -l` asks once and not once a file. */
const NAMED_IN_SEMANTICS = ['security.selinux', 'system.posix_acl_access', 'system.posix_acl_default'];

/** The same calls on a real folder that the kernel makes read-only, in a mount namespace of its own. */
async function askKernel(how: keyof typeof READ_ONLY, user: readonly string[] = []): Promise<Answers> {
  const folder = await mkdtemp(join(tmpdir(), 'gphotos-mount-oracle-'));
  const script = `set -e
    chmod 755 "$1"; cd "$1"; mkdir tree bound; mount -t tmpfs none tree; cd tree; mkdir sub hollow
    for name in file private sub/inner; do printf 0123456789 >$name; chmod 444 $name; done
    python3 -c 'import os; os.setxattr("file", "user.gphotos.id", b"an-id")'
    chmod 400 private; chmod 555 sub hollow .
    ${READ_ONLY[how]}
    shift; exec python3 "$@"`;
  try {
    return answersOf(
      await runProgram('unshare', ['-m', 'sh', '-c', script, 'sh', folder, probes, join(folder, 'bound'), ...user]),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function askMount(
  user: readonly string[],
  options: { readonly allowOther: boolean; readonly remountWritable?: boolean },
): Promise<Answers> {
  let answers: Answers = {};
  await withChildMount({ fixture: 'matrix', allowOther: options.allowOther }, async (mount, failure) => {
    assert.equal(failure, undefined);
    await runProgram('chmod', ['755', dirname(mount.path)]);
    if (options.remountWritable === true) {
      const remount = await runProgram('mount', ['-i', '-o', 'remount,rw', mount.path]);
      assert.equal(remount.code, 0, remount.stderr);
    }
    answers = answersOf(await runProgram('python3', [probes, mount.path, ...user]));
  });
  return answers;
}

function answersOf(run: { readonly code: number; readonly stdout: string; readonly stderr: string }): Answers {
  assert.equal(run.code, 0, run.stderr);
  return JSON.parse(run.stdout) as Answers;
}

/** Where the answers part, as `name: kernel / ours`; what SEMANTICS.md names is left out, and must be exactly as it says. */
function differences(kernel: Answers, ours: Answers): string[] {
  return Object.keys(kernel)
    .filter((name) => JSON.stringify(kernel[name]) !== JSON.stringify(ours[name]))
    .filter((name) => !(isNamed(name) && kernel[name] === 'ENODATA' && ours[name] === 'ENOTSUP'))
    .map((name) => `${name}: ${JSON.stringify(kernel[name])} / ${JSON.stringify(ours[name])}`);
}

function isNamed(probe: string): boolean {
  return /^[lf]?getxattr /.test(probe) && NAMED_IN_SEMANTICS.some((name) => probe.includes(`'${name}'`));
}

describe('system calls on the mount', () => {
  it('system calls on the mount answer root as a read-only bind mount of the same tree does', async () => {
    const kernel = await askKernel('bind mount');
    assert.ok(Object.keys(kernel).length > 8000);
    assert.deepEqual(differences(kernel, await askMount([], { allowOther: false })), []);
    assert.deepEqual(differences(kernel, await askMount([], { allowOther: true })), []);
  });

  it('system calls on the mount answer root as a file system mounted read-only does', async () => {
    assert.deepEqual(differences(await askKernel('file system'), await askMount([], { allowOther: true })), []);
  });

  it('system calls on the mount answer an ordinary user as a file system mounted read-only does, when other users are let in', async () => {
    const kernel = await askKernel('file system', [ORDINARY_USER]);
    assert.equal(kernel['open read private'], 'EACCES');
    assert.deepEqual(differences(kernel, await askMount([ORDINARY_USER], { allowOther: true })), []);
  });

  it('system calls on the mount keep other users out unless they are let in', async () => {
    const answers = await askMount([ORDINARY_USER], { allowOther: false });
    assert.equal(answers['list directory'], 'EACCES');
    assert.equal(answers['open read'], 'EACCES');
  });

  it('system calls on the mount are refused by the program itself when root remounts for writing', async () => {
    const kernel = await askKernel('bind mount');
    const ours = await askMount([], { allowOther: false, remountWritable: true });
    const changing = Object.keys(kernel).filter((name) => kernel[name] === 'EROFS');
    assert.ok(changing.length > 30, `${changing.length} calls`);
    // These values the kernel reads itself, and it refuses what makes no sense.
    const judgedValue = /^[lf]?(?:set|remove)xattr .*'(?:system\.posix_acl_|security\.capability')/;
    const left = changing.filter((name) => ours[name] !== 'EROFS' && !judgedValue.test(name));
    assert.deepEqual(left.sort(), JUDGED_BY_KERNEL);
  });

  it('system calls on the mount differ from those on a kernel file system only where SEMANTICS.md names the attribute and the error', () => {
    const paragraph =
      /^\*\*xattr-errors\*\*[^]*?\n\n/m.exec(readFileSync(join(repository, 'SEMANTICS.md'), 'utf8'))?.[0] ?? '';
    for (const name of [...NAMED_IN_SEMANTICS, 'ENOTSUP']) assert.ok(paragraph.includes(`\`${name}\``), name);
  });
});
