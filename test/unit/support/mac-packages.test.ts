import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { repository } from '../../support/child-mount.js';

interface Program {
  readonly any: readonly string[];
  readonly brew?: string;
  readonly cask?: string;
  readonly xcode?: boolean;
  readonly mac?: string;
}

const { macInstallLines } = (await import(pathToFileURL(join(repository, 'test/support/mac-packages.mjs')).href)) as {
  macInstallLines: (missing: readonly Program[]) => string[];
};

describe('what setup says to a Mac that lacks programs', () => {
  it('what setup says to a Mac that lacks programs is one command for the compilers of Apple, however many of them are missing', () => {
    const missing = ['g++', 'make', 'python3'].map((name) => ({ any: [name], xcode: true }));
    assert.deepEqual(macInstallLines(missing), ['  xcode-select --install']);
  });

  it('what setup says to a Mac that lacks programs is a command for formulae, another for casks, and a sentence for what Homebrew has not', () => {
    const missing = [
      { any: ['ffmpeg'], brew: 'ffmpeg' },
      { any: ['chromium'], cask: 'chromium' },
      { any: ['fio'], brew: 'fio' },
      { any: ['rclone'], mac: 'rclone from https://rclone.org/downloads/' },
    ];
    assert.deepEqual(macInstallLines(missing), [
      '  brew install ffmpeg fio',
      '  brew install --cask chromium',
      '  rclone from https://rclone.org/downloads/',
    ]);
  });
});
