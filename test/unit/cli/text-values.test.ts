import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatByteSize, parseByteSize } from '../../../src/cli/byte-sizes.js';
import { parseDuration } from '../../../src/cli/durations.js';
import { nearestName } from '../../../src/cli/nearest-name.js';

describe('a duration', () => {
  const table: [string, number | undefined][] = [
    ['5m', 300_000],
    ['90s', 90_000],
    ['24h', 86_400_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    ['7D', 604_800_000],
    ['0', 0],
    ['5', undefined],
    ['', undefined],
    ['-5m', undefined],
    ['5 minutes', undefined],
    ['m', undefined],
    ['999999999999999999d', undefined],
  ];
  for (const [text, expected] of table) {
    it(`${JSON.stringify(text)} is ${expected === undefined ? 'refused' : `${expected} ms`}`, () => {
      assert.equal(parseDuration(text), expected);
    });
  }
});

describe('a size', () => {
  const table: [string, number | undefined][] = [
    ['10G', 10 * 1024 ** 3],
    ['500M', 500 * 1024 ** 2],
    ['1.5 TiB', 1.5 * 1024 ** 4],
    ['4096', 4096],
    ['2kb', 2048],
    ['0', 0],
    ['ten', undefined],
    ['-1G', undefined],
    ['', undefined],
    ['1e9T', undefined],
    ['99999999T', undefined],
  ];
  for (const [text, expected] of table) {
    it(`${JSON.stringify(text)} is ${expected === undefined ? 'refused' : `${expected} bytes`}`, () => {
      assert.equal(parseByteSize(text), expected);
    });
  }

  it('a size is shown with a unit that keeps the number short', () => {
    assert.deepEqual([0, 1023, 1536, 10 * 1024 ** 3, 250 * 1024 ** 2].map(formatByteSize), [
      '0 bytes',
      '1023 bytes',
      '1.5 KiB',
      '10.0 GiB',
      '250 MiB',
    ]);
  });
});

describe('a name that is not known', () => {
  it('a name that is not known is answered with the one probably meant', () => {
    const names = ['poll-interval', 'cache-dir', 'cache-max-size', 'root', 'uid', 'gid'];
    assert.equal(nearestName('pol-interval', names), 'poll-interval');
    assert.equal(nearestName('cache', names), 'cache-dir');
    assert.equal(nearestName('rot', names), 'root');
  });

  it('a name that is not known is left alone where nothing is near', () => {
    assert.equal(nearestName('quux-frobnicate', ['poll-interval', 'root']), undefined);
  });
});
