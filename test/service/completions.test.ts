import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { completionScript } from '../../src/cli/completions.js';
import { COMMANDS } from '../../src/cli/command-table.js';
import { manPage } from '../../src/cli/man-page.js';
import { repositoryRoot } from '../support/mounted.js';
import { run } from '../support/run-program.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gpm-completion-'));
});
after(() => rmSync(folder, { recursive: true }));

/** What the shell offers for the words typed so far, the last of which is to be completed. */
const OFFERS: Readonly<Record<string, (file: string, words: readonly string[]) => readonly [string, string]>> = {
  bash: (file, words) => [
    'bash',
    `source ${file}; COMP_WORDS=(gphotos-mount ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
     _gphotos_mount; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  zsh: (file, words) => [
    'zsh',
    `compdef() { :; }; compadd() { shift; print -l -- "$@"; }; _files() { :; }; source ${file}
     words=(gphotos-mount ${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length + 1}; _gphotos_mount`,
  ],
  fish: (file, words) => ['fish', `source ${file}; complete -C 'gphotos-mount ${words.join(' ')}'`],
};

describe('completions', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const offered = async (...words: string[]): Promise<string[]> => {
      const file = join(folder, shell);
      writeFileSync(file, completionScript(shell, COMMANDS));
      const [program, script] = (OFFERS[shell] ?? assert.fail())(file, words);
      const { stdout, stderr, code } = await run(program, ['-c', script], { env: { ...process.env, HOME: folder } });
      assert.equal(stderr, '', `${shell}: ${code}`);
      return stdout.split('\n').map((line) => line.split('\t')[0] ?? '');
    };

    it(`completions of ${shell} offer commands, their words, and the options of the command that was typed`, async () => {
      assert.ok((await offered('s')).includes('status'));
      assert.ok((await offered('service', '')).includes('uninstall'));
      assert.ok((await offered('cache', 'p')).includes('pin'));
      assert.ok((await offered('--pol')).includes('--poll-interval'));
      const status = await offered('status', '--');
      assert.ok(status.includes('--check'));
      assert.ok(!status.includes('--poll-interval'));
      assert.ok((await offered('--log-level', '')).includes('warn'));
    });
  }

  it('completions of bash pass shellcheck, as the scripts of the repository do', async () => {
    const file = join(folder, 'completion.bash');
    writeFileSync(file, completionScript('bash', COMMANDS));
    const scripts = ['test/support/systemd.sh', '.ci/run'].map((name) => join(repositoryRoot, name));
    const { code, stdout } = await run('shellcheck', ['--shell=bash', file, ...scripts]);
    assert.equal(code, 0, stdout);
    const helper = await run('shellcheck', [join(repositoryRoot, 'bin/mount.gphotos')]);
    assert.equal(helper.code, 0, helper.stdout);
  });
});

describe('the man page', () => {
  it('the man page has no fault that mandoc finds, and names every command and option', async () => {
    const file = join(folder, 'gphotos-mount.1');
    writeFileSync(file, manPage('January 31, 2026'));
    const { code, stdout } = await run('mandoc', ['-Tlint', '-Wwarning', file]);
    assert.equal(code, 0, stdout);
    const shown = await run('mandoc', ['-Tascii', file]);
    const text = shown.stdout.replace(/.\u0008/g, '');
    for (const { name, options } of COMMANDS) {
      assert.ok(text.includes(name), name);
      for (const option of Object.keys(options)) assert.ok(text.includes(`--${option}`), option);
    }
    assert.ok(text.includes('--if-mounted') && text.includes('--from-rclone'));
  });
});
