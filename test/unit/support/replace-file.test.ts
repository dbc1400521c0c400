import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { replaceFile, replaceFileSync, type ReplaceOptions } from '../../../src/support/replace-file.js';

type Replace = (path: string, text: string, options?: ReplaceOptions) => Promise<void>;

const FORMS: readonly (readonly [string, Replace])[] = [
  ['while the main loop goes on', replaceFile],
  [
    'before the caller goes on',
    (...given) =>
      new Promise((done) => {
        replaceFileSync(...given);
        done();
      }),
  ],
];

for (const [form, replace] of FORMS) {
  describe(`a file replaced ${form}`, () => {
    let folder: string;
    let path: string;
    beforeEach(() => {
      folder = fs.mkdtempSync(join(tmpdir(), 'gpm-replace-'));
      path = join(folder, 'note');
    });
    afterEach(() => {
      mock.restoreAll();
      fs.rmSync(folder, { recursive: true });
    });

    /** What reaches the disk, in order: `sync file`, `rename`, `sync folder`. */
    const watchDisk = async (): Promise<string[]> => {
      const steps: string[] = [];
      const kindOf = (facts: fs.Stats): string => (facts.isDirectory() ? 'sync folder' : 'sync file');
      const { fsyncSync, renameSync } = fs;
      const { rename } = fs.promises;
      mock.method(fs, 'fsyncSync', (descriptor: number) => {
        steps.push(kindOf(fs.fstatSync(descriptor)));
        fsyncSync(descriptor);
      });
      mock.method(fs, 'renameSync', (from: string, to: string) => {
        steps.push('rename');
        renameSync(from, to);
      });
      mock.method(fs.promises, 'rename', (from: string, to: string) => {
        steps.push('rename');
        return rename(from, to);
      });
      const handle = await fs.promises.open(folder);
      const handles = Object.getPrototypeOf(handle) as fs.promises.FileHandle;
      await handle.close();
      mock.method(handles, 'sync', async function (this: fs.promises.FileHandle) {
        steps.push(kindOf(await this.stat()));
      });
      return steps;
    };

    it(`a file replaced ${form} has the new text, is private, and is alone in its folder`, async () => {
      fs.writeFileSync(path, 'old, and longer than the new text', { mode: 0o644 });
      await replace(path, 'new');
      assert.equal(fs.readFileSync(path, 'utf8'), 'new');
      assert.equal(fs.statSync(path).mode & 0o777, 0o600);
      assert.deepEqual(fs.readdirSync(folder), ['note']);
    });

    it(`a file replaced ${form} is on the disk before it gets its name, and its name before the call returns`, async () => {
      const steps = await watchDisk();
      await replace(path, 'text');
      assert.deepEqual(steps, ['sync file', 'rename', 'sync folder']);
    });

    it(`a file replaced ${form} without durability waits for no disk`, async () => {
      const steps = await watchDisk();
      await replace(path, 'text', { durable: false });
      assert.deepEqual(steps, ['rename']);
    });

    it(`a file replaced ${form} stays as it was where that fails, and no temporary file is left`, async () => {
      fs.mkdirSync(join(path, 'full'), { recursive: true });
      await assert.rejects(replace(path, 'text'), { code: /^(?:EISDIR|ENOTEMPTY|EEXIST)$/ });
      assert.deepEqual(fs.readdirSync(folder), ['note']);
    });
  });
}
