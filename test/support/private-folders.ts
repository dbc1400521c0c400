import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A home of its own for one run of the program: nothing of the person who runs the tests is seen or touched. */
export interface PrivateFolders {
  readonly root: string;
  readonly home: string;
  readonly config: string;
  readonly data: string;
  readonly cache: string;
  readonly runtime: string;
  /** Exists, empty. */
  readonly mountpoint: string;
  /** Environment with these folders and nothing of Google in it but what is added. */
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

export function makePrivateFolders(extra: NodeJS.ProcessEnv = {}): PrivateFolders {
  const root = mkdtempSync(join(tmpdir(), 'gpm-'));
  const at = (name: string): string => {
    const folder = join(root, name);
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  };
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (
      !/^(?:GPHOTOS_|XDG_|GOOGLE_|NODE_TEST_CONTEXT|NODE_OPTIONS|(?:HTTPS?|ALL|NO)_PROXY|(?:https?|all|no)_proxy)/.test(
        name,
      )
    )
      env[name] = value;
  }
  const folders = {
    root,
    home: at('home'),
    config: at('config'),
    data: at('data'),
    cache: at('cache'),
    runtime: at('run'),
    mountpoint: at('photos'),
  };
  Object.assign(
    env,
    {
      HOME: folders.home,
      // A new profile's date folders follow the machine.
      TZ: 'UTC',
      GPHOTOS_CONFIG_DIR: folders.config,
      GPHOTOS_DATA_DIR: folders.data,
      GPHOTOS_CACHE_DIR: folders.cache,
      GPHOTOS_RUNTIME_DIR: folders.runtime,
    },
    extra,
  );
  return { ...folders, env, remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }) };
}
