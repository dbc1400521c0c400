import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mountConfig } from '../../../src/cli/mount-config.js';
import { optionSpec, type OptionName } from '../../../src/cli/option-table.js';
import { mergeSettings } from '../../../src/cli/settings.js';

describe('the configuration of a mount', () => {
  it('the configuration of a mount has the defaults that the help shows', () => {
    const config = mountConfig(
      'photos',
      mergeSettings({}, {}, '/nowhere/config.json'),
      { config: '/c', data: '/d', cache: '/k', runtime: '/r' },
      { uid: 1, gid: 2, umask: 0o22, currentFolder: '/home/me' },
      '1.0.0',
    );
    const shown = (name: OptionName): unknown => optionSpec(name).parse(optionSpec(name).standard ?? '');
    assert.equal(config.mountpoint, '/home/me/photos');
    assert.equal(config.attrTimeoutMs, 1000);
    assert.equal(config.attrTimeoutMs, shown('attr-timeout'));
    assert.equal(config.cacheMaxAgeMs, shown('cache-max-age'));
    assert.equal(config.pollIntervalMs, shown('poll-interval'));
    assert.equal(config.fullSyncIntervalMs, shown('full-sync-interval'));
    assert.equal(config.root, shown('root'));
    assert.equal(config.profile, shown('profile'));
    assert.equal(config.logLevel, shown('log-level'));
  });
});
