import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateFolders } from './private-folders.js';

/** A module loaded before the program: `code` runs in it once the file `inject` appears; `--import` reaches worker threads too. */
export function faultWhenAsked(
  folders: PrivateFolders,
  code: string,
  where: 'the main thread' | 'the worker',
): { env: NodeJS.ProcessEnv; inject: () => void } {
  const trigger = join(folders.root, 'inject');
  const module = join(folders.root, 'fault.mjs');
  writeFileSync(
    module,
    `import { existsSync, rmSync } from 'node:fs';
     import { isMainThread } from 'node:worker_threads';
     const look = () => {
       if (!existsSync(${JSON.stringify(trigger)})) return;
       rmSync(${JSON.stringify(trigger)});
       ${code}
     };
     if (isMainThread === ${where === 'the main thread'}) setInterval(look, 20).unref();`,
  );
  return { env: { NODE_OPTIONS: `--import=${module}` }, inject: () => writeFileSync(trigger, '') };
}
