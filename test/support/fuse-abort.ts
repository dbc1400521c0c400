import { spawn } from 'node:child_process';
import { readMountTable } from '../../src/mount/mount-table.js';

/**
 * Ends the FUSE connections behind every mount at or below `path` (a program that waits in one gets an error), then takes the
 * mounts away. For tests whose server hangs: not even SIGKILL ends a process that waits for it. Never rejects.
 */
export async function abortFuseMounts(path: string): Promise<void> {
  const table = await readMountTable().catch(() => []);
  const mounts = table.filter(
    (entry) => entry.type.startsWith('fuse') && (entry.mountpoint === path || entry.mountpoint.startsWith(`${path}/`)),
  );
  for (const { device, mountpoint } of mounts.reverse()) {
    const connection = device.split(':')[1] ?? '';
    // The control file system is mounted where no other process sees it.
    const script =
      'mount -t fusectl none /sys/fs/fuse/connections 2>/dev/null; echo 1 >"/sys/fs/fuse/connections/$1/abort"';
    await run('unshare', ['-m', 'sh', '-c', script, 'sh', connection]);
    await run('umount', ['-c', '-l', '--', mountpoint]);
    await run('fusermount3', ['-u', '-z', '--', mountpoint]);
  }
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], { stdio: 'ignore', detached: true });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve();
    }, 5000);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    child.once('error', end);
    child.once('exit', end);
  });
}
