import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateFolders } from './private-folders.js';

/** A thread of the program: `the worker` is any but the main one. */
export type FaultPlace = 'the main thread' | 'the worker' | 'the writer thread' | 'an archive thread';

const CONDITIONS: Readonly<Record<FaultPlace, string>> = {
  'the main thread': 'isMainThread',
  'the worker': '!isMainThread',
  'the writer thread': '!isMainThread && workerData?.catalogFile !== undefined',
  'an archive thread': '!isMainThread && workerData?.catalogFile === undefined',
};

/** A module loaded before the program: `code` runs in it once the file `inject` appears; `--import` reaches worker threads too. */
export function faultWhenAsked(
  folders: PrivateFolders,
  code: string,
  where: FaultPlace,
): { env: NodeJS.ProcessEnv; inject: () => void; wasInjected: () => boolean } {
  const trigger = join(folders.root, 'inject');
  const module = join(folders.root, 'fault.mjs');
  rmSync(trigger, { force: true });
  writeFileSync(
    module,
    `import { existsSync, rmSync } from 'node:fs';
     import { isMainThread, workerData } from 'node:worker_threads';
     const look = () => {
       if (!existsSync(${JSON.stringify(trigger)})) return;
       rmSync(${JSON.stringify(trigger)});
       ${code}
     };
     if (${CONDITIONS[where]}) setInterval(look, 20).unref();`,
  );
  return {
    env: { NODE_OPTIONS: `--import=${module}` },
    inject: () => writeFileSync(trigger, ''),
    wasInjected: () => !existsSync(trigger),
  };
}
