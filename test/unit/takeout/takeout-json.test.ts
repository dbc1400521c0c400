import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MAX_JSON_BYTES, readTakeoutJson } from '../../../src/takeout/matching/takeout-json.js';
import { SEED, share } from '../../support/chance.js';

function valuesOf(json: unknown) {
  const read = readTakeoutJson(JSON.stringify(json));
  assert.ok(read.kind === 'sidecar', `${JSON.stringify(json)} is ${read.kind}`);
  return read.values;
}

const kindOf = (json: unknown) => readTakeoutJson(JSON.stringify(json)).kind;

describe('json files of a Takeout', () => {
  it('a whole sidecar gives title, times, place, people, flags and origin', () => {
    const values = valuesOf({
      title: 'IMG_1.jpg',
      description: 'a hill',
      imageViews: '3',
      creationTime: { timestamp: '1600000000', formatted: '13 set 2020' },
      photoTakenTime: { timestamp: '1500000000' },
      geoData: { latitude: 45.5, longitude: -9.25, altitude: 120.5 },
      geoDataExif: { latitude: 1, longitude: 1, altitude: 1 },
      people: [{ name: 'Ada' }, { name: ' Ada ' }, { name: '' }, { name: 'Bo' }],
      url: 'https://photos.google.com/photo/AF1',
      favorited: true,
      archived: true,
      trashed: true,
      inLockedFolder: true,
      googlePhotosOrigin: { fromPartnerSharing: {} },
    });
    assert.deepEqual(values, {
      title: 'IMG_1.jpg',
      takenAt: 1_500_000_000_000,
      createdAt: 1_600_000_000_000,
      description: 'a hill',
      url: 'https://photos.google.com/photo/AF1',
      favorite: true,
      archived: true,
      trashed: true,
      locked: true,
      people: ['Ada', 'Bo'],
      place: { latitude: 45.5, longitude: -9.25, altitude: 120.5 },
      fromPartner: true,
    });
  });

  it('times before 1970 are negative, "0" stays 0, text that is no number and times beyond the calendar are absent', () => {
    const takenAt = (timestamp: unknown) => valuesOf({ title: 'a', url: 'u', photoTakenTime: { timestamp } }).takenAt;
    assert.equal(takenAt('-86400'), -86_400_000);
    assert.equal(takenAt('0'), 0);
    assert.ok(Object.is(takenAt('-0'), 0));
    assert.equal(takenAt(12), 12_000);
    assert.equal(takenAt('tomorrow'), undefined);
    assert.equal(takenAt(''), undefined);
    assert.equal(takenAt('99999999999999'), undefined);
    assert.equal(takenAt(null), undefined);
  });

  it('a place of 0/0 is none: the one of the file counts, or none at all', () => {
    const nowhere = { latitude: 0, longitude: 0, altitude: 0 };
    const exif = { latitude: 1.5, longitude: 2, altitude: 0 };
    const base = { title: 'a', url: 'u' };
    assert.deepEqual(valuesOf({ ...base, geoData: nowhere, geoDataExif: exif }).place, exif);
    assert.equal(valuesOf({ ...base, geoData: nowhere, geoDataExif: nowhere }).place, undefined);
    assert.equal(valuesOf({ ...base, geoData: { latitude: 91, longitude: 2 } }).place, undefined);
  });

  it('flags count only where they are true, values of wrong types are as absent', () => {
    const values = valuesOf({
      title: 7,
      photoTakenTime: { timestamp: '5' },
      creationTime: 'x',
      description: [],
      url: {},
      favorited: 'true',
      archived: 1,
      people: { name: 'Ada' },
      geoData: [1, 2],
      googlePhotosOrigin: 'fromPartnerSharing',
    });
    assert.deepEqual(values, {
      takenAt: 5000,
      description: '',
      favorite: false,
      archived: false,
      trashed: false,
      locked: false,
      people: [],
      fromPartner: false,
    });
  });

  it('a title together with creationTime, url or imageViews is a sidecar, also of 2017', () => {
    assert.equal(kindOf({ title: 'a', creationTime: {} }), 'sidecar');
    assert.equal(kindOf({ title: 'a', url: 'https://lh3.example/x', tags: [], comments: [] }), 'sidecar');
    assert.equal(kindOf({ title: 'a', imageViews: '0' }), 'sidecar');
    assert.equal(kindOf({ creationTime: {}, url: 'u' }), 'other');
  });

  it('the json of an album is known by its title, inside albumData as well, and {} is an album without one', () => {
    assert.deepEqual(readTakeoutJson('{"title":"Rome","description":"2019","date":{"timestamp":"10"}}'), {
      kind: 'album',
      title: 'Rome',
      description: '2019',
      date: 10_000,
    });
    assert.deepEqual(readTakeoutJson('{"albumData":{"title":"","date":{"timestamp":"x"}}}'), {
      kind: 'album',
      title: '',
      description: '',
    });
    assert.deepEqual(readTakeoutJson('{}'), { kind: 'album', title: '', description: '' });
  });

  it('lists, numbers and objects of other services are other json', () => {
    for (const json of [[], [{ title: 'a', url: 'u' }], 3, null, 'text', { comments: [] }, { title: 5 }]) {
      assert.equal(kindOf(json), 'other', JSON.stringify(json));
    }
  });

  it('broken json, an empty file and one of more than 1 MiB are unreadable', () => {
    const long = JSON.stringify({ title: 'a', url: 'x'.repeat(MAX_JSON_BYTES) });
    for (const text of ['', '{', '{"title":"a"', '\0\0\0', long, '['.repeat(MAX_JSON_BYTES)]) {
      assert.equal(readTakeoutJson(Buffer.from(text)).kind, 'unreadable');
    }
  });

  it('a byte order mark before the json does not make it unreadable', () => {
    const json = '{"title":"à.jpg","url":"u"}';
    for (const content of [`\uFEFF${json}`, Buffer.from(`\uFEFF${json}`), Buffer.from(`\uFEFF${json}`, 'utf16le')]) {
      const read = readTakeoutJson(content);
      assert.equal(read.kind === 'sidecar' ? read.values.title : read.kind, 'à.jpg');
    }
  });

  it('__proto__ and constructor in a json are no values and change no object', () => {
    const text = '{"__proto__":{"title":"evil","favorited":true},"constructor":{"prototype":{"x":1}},"url":"u"}';
    assert.equal(readTakeoutJson(text).kind, 'other');
    const values = readTakeoutJson(`{"title":"a","url":"u","geoData":{"__proto__":{"latitude":1,"longitude":1}}}`);
    assert.ok(values.kind === 'sidecar');
    assert.equal(values.values.place, undefined);
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
    assert.equal(({} as Record<string, unknown>)['title'], undefined);
  });

  it('no json, and no bytes at all, make the reader throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.uint8Array()), (content) => {
        readTakeoutJson(content);
      }),
      { seed: SEED, numRuns: share(3000) },
    );
    const names = ['title', 'photoTakenTime', 'url', 'people', 'geoData', 'albumData', 'timestamp', '__proto__'];
    const tree = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, fc.constantFrom(null, true, 0, 'a', '12', []), tie('object')),
      object: fc.dictionary(fc.constantFrom(...names), tie('value')),
    }));
    fc.assert(
      fc.property(tree.object, (json) => {
        readTakeoutJson(JSON.stringify(json));
      }),
      { seed: SEED, numRuns: share(3000) },
    );
  });
});
