import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Settings } from '../../../src/cli/option-table.js';
import { mergeSettings, type GivenOptions } from '../../../src/cli/settings.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

const folder = mkdtempSync(join(tmpdir(), 'gpm-settings-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'config.json');

function merge(given: GivenOptions, env: NodeJS.ProcessEnv, config?: string): Settings {
  rmSync(file, { force: true });
  if (config !== undefined) writeFileSync(file, config);
  return mergeSettings(given, env, file);
}

function refusal(given: GivenOptions, env: NodeJS.ProcessEnv, config?: string): UserError {
  try {
    merge(given, env, config);
  } catch (error) {
    assert.ok(error instanceof UserError);
    return error;
  }
  assert.fail('it is refused');
}

describe('the settings', () => {
  it('the settings of the command line win over the environment, and that over config.json', () => {
    const config = '{"poll-interval": "1m", "full-sync-interval": "1h", "cache-max-size": "1G", "show-archived": true}';
    const env = { GPHOTOS_POLL_INTERVAL: '2m', GPHOTOS_FULL_SYNC_INTERVAL: '2h' };
    const settings = merge({ 'poll-interval': '3m' }, env, config);
    assert.equal(settings['poll-interval'], 180_000);
    assert.equal(settings['full-sync-interval'], 7_200_000);
    assert.equal(settings['cache-max-size'], 1024 ** 3);
    assert.equal(settings['show-archived'], true);
    assert.equal(settings.root, undefined);
  });

  it('the settings are read from a config.json in UTF-16 or with a byte order mark', () => {
    const text = '\ufeff{"poll-interval": "1m"}';
    for (const bytes of [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()]) {
      writeFileSync(file, bytes);
      assert.equal(mergeSettings({}, {}, file)['poll-interval'], 60_000);
    }
  });

  it('all settings are undefined without a config.json', () => {
    assert.ok(Object.values(merge({}, {})).every((value) => value === undefined));
  });

  it('the settings can switch off on the command line what config.json switches on', () => {
    assert.equal(merge({ 'show-archived': false }, {}, '{"show-archived": true}')['show-archived'], false);
  });

  it('the settings take numbers of config.json where they are plain', () => {
    const settings = merge({}, {}, '{"uid": 1000, "cache-max-size": 4096}');
    assert.equal(settings.uid, 1000);
    assert.equal(settings['cache-max-size'], 4096);
  });

  it('the settings read a umask as octal', () => {
    assert.equal(merge({ umask: '077' }, {}).umask, 0o77);
    assert.equal(refusal({ umask: '089' }, {}).exitCode, ExitCode.usage);
  });

  it('the settings refuse a bad value of the command line with what it should be', () => {
    const error = refusal({ 'poll-interval': '5 minutes' }, {});
    assert.equal(error.exitCode, ExitCode.usage);
    assert.equal(
      error.message,
      '--poll-interval must be a duration such as 90s, 5m or 24h, at least 1s, not "5 minutes".',
    );
    assert.match(refusal({ root: '' }, {}).message, /--root must be a path inside the mount/);
    assert.equal(refusal({ 'poll-interval': '0' }, {}).exitCode, ExitCode.usage);
  });

  it('the settings refuse a bad value of the environment by the name of the variable', () => {
    const error = refusal({}, { GPHOTOS_CACHE_MAX_SIZE: 'lots' });
    assert.equal(error.exitCode, ExitCode.config);
    assert.match(error.message, /GPHOTOS_CACHE_MAX_SIZE must be a size/);
  });

  it('the settings refuse a profile that could leave its folder', () => {
    for (const profile of ['..', 'a/b', '.hidden', '', 'x'.repeat(33)]) {
      assert.equal(refusal({ profile }, {}).exitCode, ExitCode.usage, profile);
    }
  });

  it('the settings refuse a config.json that is not JSON, no object, has unknown keys or wrong types', () => {
    assert.match(refusal({}, {}, '{"root":').message, /not valid JSON/);
    assert.match(refusal({}, {}, '[]').message, /one JSON object/);
    const unknown = refusal({}, {}, '{"pol-interval": "5m"}');
    assert.match(unknown.message, /unknown key "pol-interval"/);
    assert.equal(unknown.hint, 'Did you mean "poll-interval"?');
    assert.match(refusal({}, {}, '{"foreground": true}').message, /unknown key "foreground"/);
    assert.match(refusal({}, {}, '{"show-archived": "true"}').message, /must be true or false, not "true"/);
    assert.match(refusal({}, {}, '{"poll-interval": {}}').message, /must be a duration/);
    assert.equal(refusal({}, {}, '{"root":').exitCode, ExitCode.config);
  });
});
