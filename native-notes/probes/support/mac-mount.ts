import { findMount, readMountTable, type MountEntry } from '../../../src/mount/mount-table.js';
import { unmountPath } from '../../../src/mount/unmount-path.js';
import type { MacFinding } from './mac-probe.js';
import { withServer, type Server } from './with-server.js';

const TABLE_MS = 15_000;
const LOOK_MS = 50;

/** Runs `body` with a probe's file system mounted on this Mac; unmounts it afterwards, by force where need be. */
export async function withMacMount(body: (server: Server) => Promise<MacFinding>): Promise<MacFinding> {
  let finding: MacFinding = { fault: 'the probe did not come to an end' };
  await withServer('plain', async (server, failed) => {
    if (failed !== undefined) finding = { fault: `mounting failed: ${failed}` };
    else {
      try {
        finding = await body(server);
      } finally {
        await unmountPath(server.path, { lazy: true }).catch(() => undefined);
      }
    }
    return undefined;
  });
  return finding;
}

/** The line of a mount, and how long it took to appear, in milliseconds. */
export async function entryOf(path: string): Promise<{ readonly entry: MountEntry | undefined; readonly ms: number }> {
  const from = performance.now();
  for (;;) {
    const entry = findMount(await readMountTable(), path);
    const ms = Math.round(performance.now() - from);
    if (entry !== undefined || ms > TABLE_MS) return { entry, ms };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
