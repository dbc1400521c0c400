// Some tests of root start the program as another user, who cannot reach a tree or a Node below /root. Plain Node, no dependencies.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** Whether users other than root can reach the path. */
function isForAll(path) {
  for (let at = path; at !== dirname(at); at = dirname(at)) if ((statSync(at).mode & 0o001) === 0) return false;
  return true;
}

/**
 * Where other users can reach the tree and this Node, returns. Else runs the tests once more in a mount namespace of
 * their own, in which both can be reached, and ends with their exit code. `words`: the arguments of run-tests.mjs.
 */
export function runWhereAllCanRead(root, words) {
  if (process.platform !== 'linux' || process.getuid() !== 0) return;
  if (isForAll(root) && isForAll(process.execPath)) return;
  const folder = mkdtempSync(join(tmpdir(), 'run-tests-'));
  const [tree, node] = [join(folder, 'tree'), join(folder, 'node')];
  chmodSync(folder, 0o755);
  for (const made of [tree, node]) mkdirSync(made);
  const script = `mount --bind "$1" "$2" && mount --bind "$3" "$4" && cd "$2" && shift 4 && exec "$@"`;
  const program = join(node, 'bin/node');
  const command = [program, 'test/support/run-tests.mjs', ...words];
  const prefix = dirname(dirname(process.execPath));
  const { status, error } = spawnSync(
    'unshare',
    ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', root, tree, prefix, node, ...command],
    {
      stdio: 'inherit',
      env: { ...process.env, PATH: `${join(node, 'bin')}${delimiter}${process.env.PATH ?? ''}` },
    },
  );
  if (error) console.error(`unshare: ${error.message}`);
  // Nothing is mounted there outside of the namespace, which is gone.
  rmSync(folder, { recursive: true });
  process.exit(status ?? 1);
}
