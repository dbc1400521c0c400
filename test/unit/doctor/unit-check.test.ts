import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Finding } from '../../../src/doctor/check.js';
import { unitCheck } from '../../../src/doctor/unit-check.js';
import { unitText } from '../../../src/service/unit-text.js';

describe('doctor, of services of systemd', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gpm-units-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** With a systemctl that says this of the user's services and that of the machine's. */
  async function said(user: string, system = '', status = 0, first = ''): Promise<Finding> {
    const script = `#!/bin/sh\n${first}[ "$1" = --user ] && printf '${user}' || printf '${system}'\nexit ${status}\n`;
    writeFileSync(join(folder, 'systemctl'), script);
    chmodSync(join(folder, 'systemctl'), 0o755);
    return await unitCheck('linux', { PATH: folder }).run();
  }
  const line = (active: string, sub: string): string =>
    `gphotos-mount@work.service loaded ${active} ${sub} Google Photos\\n`;

  it('doctor’s check of systemd services passes and names the services that run', async () => {
    const found = await said(line('active', 'running'));
    assert.equal(found.result, 'pass');
    assert.match(found.message, /gphotos-mount@work\.service is active \(running\)/);
  });

  it('doctor’s check of systemd services fails for one that failed, with the way to its log', async () => {
    const found = await said(`● ${line('failed', 'failed')}`);
    assert.equal(found.result, 'fail');
    assert.match(found.fix, /journalctl --user -u gphotos-mount@work\.service .*systemctl --user restart/);
  });

  it('doctor’s check of systemd services fails for one of the machine that is started over and over', async () => {
    const found = await said('', line('activating', 'auto-restart'));
    assert.equal(found.result, 'fail');
    assert.match(found.message, /does not run \(activating, auto-restart\)/);
    assert.match(found.fix, /journalctl -u/);
  });

  it('doctor’s check of systemd services fails for one whose Node is gone, although it still runs, with the command that helps', async () => {
    const unit = { mountpoint: '/p', program: folder, options: [], environment: {}, user: undefined, hasNotify: true };
    const file = join(folder, 'gphotos-mount.service');
    const show = `case "$*" in *show*) echo ${file}; exit;; esac\n`;
    writeFileSync(file, unitText({ ...unit, node: join(folder, 'node 20') }));
    const found = await said(line('active', 'running'), '', 0, show);
    assert.equal(found.result, 'fail');
    assert.match(found.message, /cannot start again: .*\/node 20 is gone\.$/);
    assert.match(found.fix, /gphotos-mount service install/);
    writeFileSync(file, unitText({ ...unit, node: folder }));
    assert.equal((await said(line('active', 'running'), '', 0, show)).result, 'pass');
  });

  it('doctor’s check of systemd services passes where there are none, or systemd does not run', async () => {
    assert.match((await said('')).message, /No service/);
    assert.equal((await said('Failed to connect to bus', '', 1)).result, 'pass');
    assert.equal((await unitCheck('linux', { PATH: join(folder, 'nowhere') }).run()).result, 'pass');
    assert.equal((await unitCheck('darwin', {}).run()).result, 'skip');
  });
});
