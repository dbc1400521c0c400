import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount } from '../support/run-program.js';

/** One wrong command line for each command, and each kind of wrong there is. */
const WRONG: readonly (readonly string[])[] = [
  [],
  ['--pol-interval', '5m', 'photos'],
  ['--poll-interval', 'often', 'photos'],
  ['--poll-interval'],
  ['photos', 'more'],
  ['status', '--jsno'],
  ['status', 'photos', 'more'],
  ['unmount'],
  ['unmount', '--lzay', 'photos'],
  ['sync', '--ful'],
  ['cache'],
  ['cache', 'pni', 'photos'],
  ['cache', 'pin'],
  ['login', '--port', '80'],
  ['login', 'a.json', 'b.json'],
  ['login', '1//secret'],
  ['logout', 'me'],
  ['accounts', '--jsno'],
  ['doctor', '--bundel', 'x'],
  ['pick', 'lsit'],
  ['pick', '--count', '0'],
  ['pick', '--count', '2001'],
  ['pick', 'list', '--album', 'Rome'],
  ['pick', 'cancel'],
  ['pick', 'forget'],
  ['completion', 'tcsh'],
  ['service'],
  ['service', 'instal'],
  ['service', 'install', '--system'],
  ['service', 'install', '--user', 'me'],
  ['service', 'install', '--poll-interval', 'often'],
  ['service', 'status', 'photos'],
];

describe('a wrong command line', () => {
  let folders: PrivateFolders;
  beforeEach(() => {
    folders = makePrivateFolders();
  });
  afterEach(() => folders.remove());

  it('a wrong command line ends with exit code 64 and two lines, whichever command it is', async () => {
    for (const words of WRONG) {
      const { code, stdout, stderr } = await gphotosMount(words, folders.env, folders.root);
      assert.equal(code, 64, `gphotos-mount ${words.join(' ')}: ${stdout}${stderr}`);
      assert.match(stderr, /^gphotos-mount: .*\.\n {2}\S.*\n$/, words.join(' '));
    }
  });
});
