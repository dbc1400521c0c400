import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './fuse-requirements.js';

/**
 * Runs `mount` while a program called `fusermount` can be found: libfuse 2 starts it by that name for ordinary users,
 * and some systems have it as `fusermount3` alone. The search path is as before when this resolves.
 */
export async function withFusermount(mount: () => void): Promise<void> {
  const newName = await programPath('fusermount3');
  if (newName === undefined || (await programPath('fusermount')) !== undefined) {
    mount();
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'gphotos-mount-'));
  const before = process.env['PATH'] ?? '';
  try {
    await symlink(newName, join(folder, 'fusermount'));
    process.env['PATH'] = `${before}:${folder}`;
    mount();
  } finally {
    process.env['PATH'] = before;
    await rm(folder, { recursive: true, force: true });
  }
}
