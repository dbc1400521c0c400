import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeAlbum } from '../../../../src/remote/library/album-codec.js';
import { decodeMediaItem } from '../../../../src/remote/library/media-item-codec.js';
import { decodePage } from '../../../../src/remote/library/page-codec.js';

describe('an item of the Library API', () => {
  it('an item is decoded with every field it has', () => {
    const item = decodeMediaItem({
      id: 'A1',
      description: 'us',
      productUrl: 'https://photos.google.com/lr/photo/A1',
      baseUrl: 'https://lh3.googleusercontent.com/lr/x',
      mimeType: 'image/jpeg',
      filename: 'IMG_1.JPG',
      mediaMetadata: {
        creationTime: '2014-10-02T15:01:23.045Z',
        width: '4032',
        height: 3024,
        photo: { cameraMake: 'Canon', cameraModel: 'EOS', focalLength: 4.2 },
      },
    });
    assert.deepEqual(item, {
      id: 'A1',
      kind: 'photo',
      filename: 'IMG_1.JPG',
      description: 'us',
      productUrl: 'https://photos.google.com/lr/photo/A1',
      mimeType: 'image/jpeg',
      creationTime: Date.UTC(2014, 9, 2, 15, 1, 23, 45),
      creationTimeText: '2014-10-02T15:01:23.045Z',
      width: 4032,
      height: 3024,
      cameraMake: 'Canon',
      cameraModel: 'EOS',
      baseUrl: 'https://lh3.googleusercontent.com/lr/x',
    });
  });

  it('an item is usable with nothing but an id', () => {
    assert.deepEqual(decodeMediaItem({ id: 'A1' }), {
      id: 'A1',
      kind: 'photo',
      isKindGuessed: true,
      filename: '',
      description: '',
      productUrl: '',
      mimeType: '',
      creationTime: 0,
      creationTimeText: '',
    });
  });

  it('an item without an id that is text is left out', () => {
    for (const id of [undefined, '', 7, null, {}]) assert.equal(decodeMediaItem({ id, filename: 'a.jpg' }), undefined);
  });

  for (const [what, json, kind, status] of [
    ['a video message', { mediaMetadata: { video: { status: 'READY' } } }, 'video', 'READY'],
    ['an empty video message', { mediaMetadata: { video: {} } }, 'video', 'UNSPECIFIED'],
    ['a status unknown to us', { mediaMetadata: { video: { status: 'NEW' } } }, 'video', 'UNSPECIFIED'],
    ['no message but a video type', { mimeType: 'video/mp4' }, 'video', 'UNSPECIFIED'],
    ['an empty photo message', { mimeType: 'video/mp4', mediaMetadata: { photo: {} } }, 'photo', undefined],
  ] as const) {
    it(`an item with ${what} is a ${kind}`, () => {
      const item = decodeMediaItem({ id: 'A1', ...json });
      assert.equal(item?.kind, kind);
      assert.equal(item.videoStatus, status);
    });
  }

  for (const [text, time] of [
    ['1969-07-20T20:17:40Z', Date.UTC(1969, 6, 20, 20, 17, 40)],
    ['2020-01-01T00:00:00.123456789Z', Date.UTC(2020, 0, 1, 0, 0, 0, 123)],
    ['2020-01-01T02:00:00+02:00', Date.UTC(2020, 0, 1)],
    ['2020-13-45T99:00:00Z', 0],
    ['yesterday', 0],
    ['2020', 0],
  ] as const) {
    it(`an item created at ${text} has that time, or 0 if it is none`, () => {
      assert.equal(decodeMediaItem({ id: 'A1', mediaMetadata: { creationTime: text } })?.creationTime, time);
    });
  }

  it('fields of an item with a wrong type count as absent', () => {
    const item = decodeMediaItem({
      id: 'A1',
      filename: 5,
      mediaMetadata: { width: '-3', height: '12.5', photo: { cameraMake: [] } },
      baseUrl: {},
    });
    assert.deepEqual(
      Object.keys(item ?? {}).filter((key) => /width|height|camera|baseUrl/.test(key)),
      [],
    );
    assert.equal(item?.filename, '');
  });
});

describe('an album of the Library API', () => {
  it('an album without count and writability has zero items and is not writeable', () => {
    assert.deepEqual(decodeAlbum({ id: 'B1' }), {
      id: 'B1',
      title: '',
      productUrl: '',
      mediaItemsCount: 0,
      isWriteable: false,
    });
  });

  it('the count of an album is read from a string or a number', () => {
    assert.equal(decodeAlbum({ id: 'B1', mediaItemsCount: '12' })?.mediaItemsCount, 12);
    assert.equal(decodeAlbum({ id: 'B1', mediaItemsCount: 12 })?.mediaItemsCount, 12);
  });
});

describe('a page of the Library API', () => {
  it('a page that is an empty object is empty and the last', () => {
    assert.deepEqual(decodePage({}, 'mediaItems', decodeMediaItem), { page: { items: [] }, skipped: 0 });
  });

  it('a page with a token and no items has a next page', () => {
    const { page } = decodePage({ nextPageToken: 't' }, 'mediaItems', decodeMediaItem);
    assert.deepEqual(page, { items: [], nextPageToken: 't' });
  });

  it('entries of a page without an id are skipped and counted', () => {
    const body = { mediaItems: [{ id: 'A1' }, {}, null, 'x', { id: 'A2' }] };
    const { page, skipped } = decodePage(body, 'mediaItems', decodeMediaItem);
    assert.deepEqual(
      page.items.map(({ id }) => id),
      ['A1', 'A2'],
    );
    assert.equal(skipped, 3);
  });

  it('a page whose array or token has another type is refused, so that no listing ends early', () => {
    for (const body of [{ mediaItems: {} }, { mediaItems: 'none' }, { nextPageToken: 5 }])
      assert.throws(() => decodePage(body, 'mediaItems', decodeMediaItem), { kind: 'protocol' });
  });
});
