import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { archiveKind, missingParts, parsePartName } from '../../../src/takeout/archives/part-name.js';

describe('names of Takeout parts', () => {
  const cases = [
    ['takeout-20260301T101112Z-001.zip', 'takeout-20260301T101112Z', undefined, 1, false],
    ['takeout-20260529T043328Z-3-001.zip', 'takeout-20260529T043328Z', 3, 1, false],
    ['takeout-20260529T043328Z-1-012.zip', 'takeout-20260529T043328Z', 1, 12, false],
    ['takeout-20260529T0433281Z-002.zip', 'takeout-20260529T0433281Z', undefined, 2, false],
    ['takeout-20260301T101112Z-002 (1).zip', 'takeout-20260301T101112Z', undefined, 2, true],
    ['takeout-20260301T101112Z-3-002(2).zip', 'takeout-20260301T101112Z', 3, 2, true],
    ['takeout-20260301T101112Z-1001.ZIP', 'takeout-20260301T101112Z', undefined, 1001, false],
    ['TAKEOUT-20260301t101112z-001.zip', 'takeout-20260301T101112Z', undefined, 1, false],
    ['takeout-20260301T101112Z-001', 'takeout-20260301T101112Z', undefined, 1, false],
    ['takeout-20260301T101112Z.zip', 'takeout-20260301T101112Z', undefined, undefined, false],
    ['takeout-20260301T101112Z-001.tgz', 'takeout-20260301T101112Z', undefined, 1, false],
  ] as const;
  for (const [name, exportName, group, number, isCopy] of cases) {
    it(`the name of a part is read: ${name}`, () => {
      const stamp = exportName.slice('takeout-'.length);
      assert.deepEqual(parsePartName(name), { exportName, stamp, group, number, isCopy });
    });
  }

  it('a name that Google does not give is no name of a part', () => {
    for (const name of [
      'photos.zip',
      'takeout.zip',
      'takeout-2026-001.zip',
      'takeout-20260301T101112Z-001.zip.txt',
      '',
    ])
      assert.equal(parsePartName(name), undefined, name);
  });

  it('unfinished downloads and tar archives are known by their names, whatever stands before', () => {
    for (const name of ['a.zip.crdownload', 'takeout.zip.part', 'b.TMP', 'c.download', 'Unconfirmed 1.crdownload'])
      assert.equal(archiveKind(name), 'unfinished', name);
    for (const name of ['a.tgz', 'a.tar.gz', 'A.TGZ']) assert.equal(archiveKind(name), 'tgz', name);
    assert.equal(archiveKind('a.ZIP'), 'zip');
    assert.equal(archiveKind('README.md'), 'other');
  });

  it('gaps in the numbers of parts are found within each group, and never after its last part', () => {
    const names = ['Z-1-001', 'Z-1-004', 'Z-3-002', 'Z-2-001', 'Z-2-002'];
    const parts = names.map((name) => parsePartName(`takeout-20260301T101112${name}.zip`));
    assert.deepEqual(missingParts(parts.filter((part) => part !== undefined)), [
      { group: 1, numbers: [2, 3] },
      { group: 3, numbers: [1] },
    ]);
  });

  it('a part that came twice, or has no number, leaves no gap', () => {
    const parts = [
      { group: undefined, number: 1 },
      { group: undefined, number: 1 },
      { group: undefined, number: undefined },
      { group: undefined, number: 2 },
    ];
    assert.deepEqual(missingParts(parts), []);
  });
});
