// Serves one mount in a process of its own: `mount-child.js <fixture module> <options as JSON>`. The parent talks to it
// over the IPC channel, and may kill it: the process that looks at the mount is never the one that serves it.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FileSystem } from '../../src/filesystem/file-system.js';
import { mountFileSystem, type MountFileSystemOptions } from '../../src/mount/mount-file-system.js';
import { UserError } from '../../src/support/user-error.js';
import type { FixtureModule, FromChild, ToChild } from './mount-child-messages.js';

const [fixturePath = '', optionsText = '{}'] = process.argv.slice(2);

function tell(message: FromChild): void {
  process.send?.(message);
}

function describe(error: unknown): Extract<FromChild, { kind: 'failed' }> {
  return error instanceof UserError
    ? { kind: 'failed', message: error.message, hint: error.hint, exitCode: error.exitCode }
    : { kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

const fixture = (await import(pathToFileURL(resolve(fixturePath)).href)) as FixtureModule;
const fileSystem: FileSystem = fixture.create();
const options = JSON.parse(optionsText) as Omit<MountFileSystemOptions, 'log'>;
try {
  const mount = await mountFileSystem(fileSystem, {
    ...options,
    log: { log: (level, message) => tell({ kind: 'log', level, message }) },
  });
  process.on('message', (message: ToChild) => {
    switch (message.kind) {
      case 'unmount':
        mount.unmount({ lazy: message.lazy }).then(
          () => tell({ kind: 'unmounted' }),
          (error: unknown) => tell(describe(error)),
        );
        break;
      case 'report':
        tell({ kind: 'report', openFiles: mount.openFiles, facts: fixture.report?.(fileSystem) ?? {} });
        break;
      case 'tell':
        fixture.onMessage?.(message.text);
        break;
    }
  });
  void mount.closed.then(() => {
    tell({ kind: 'closed', facts: fixture.report?.(fileSystem) ?? {} });
    // After the answer to an unmount, which the same turn brings.
    setImmediate(() => process.disconnect());
  });
  tell({ kind: 'ready', mountpoint: mount.mountpoint });
} catch (error) {
  tell(describe(error));
  process.disconnect();
}
