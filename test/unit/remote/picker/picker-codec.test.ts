import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodePickedPage, decodeSession } from '../../../../src/remote/picker/picker-codec.js';

const SESSION = { id: 'b6a1', pickerUri: 'https://photos.google.com/picker/b6a1' };

describe('answers of the Picker API', () => {
  it('a session has its interval and what is left of the time for asking; after Done neither', () => {
    const open = decodeSession({
      ...SESSION,
      pollingConfig: { pollInterval: '5s', timeoutIn: '1799.999s' },
      expireTime: '2026-12-04T05:16:28.123456Z',
    });
    assert.deepEqual(open, {
      ...{ id: 'b6a1', uri: SESSION.pickerUri, isPicked: false },
      expires: Date.parse('2026-12-04T05:16:28.123Z'),
      polling: { intervalMs: 5000, leftMs: 1_799_999 },
    });
    assert.equal(decodeSession({ ...SESSION, mediaItemsSet: true }).polling, undefined);
    assert.equal(decodeSession({ ...SESSION, mediaItemsSet: true }).isPicked, true);
  });

  it('durations that are none are Google’s usual ones; an address that is none is refused', () => {
    const odd = decodeSession({ ...SESSION, pollingConfig: { pollInterval: '-5s', timeoutIn: 7 } });
    assert.deepEqual(odd.polling, { intervalMs: 5000, leftMs: 1_800_000 });
    for (const pickerUri of ['', 'javascript:alert(1)', 'https://user:secret@photos.google.com/'])
      assert.throws(() => decodeSession({ ...SESSION, pickerUri }), { kind: 'protocol' });
  });

  it('an item has the facts that Google gives, under an id of its own source; an empty pick is an empty page', () => {
    const { page, skipped } = decodePickedPage({
      mediaItems: [
        {
          ...{ id: 'AKp1', createTime: '2019-07-20T10:11:12Z', type: 'PHOTO' },
          mediaFile: {
            ...{ baseUrl: 'https://lh3.googleusercontent.com/ppa/1', mimeType: 'image/jpeg', filename: 'IMG_1.JPG' },
            mediaFileMetadata: { width: 4032, height: 3024, cameraMake: 'Google', cameraModel: 'Pixel 9' },
          },
        },
        {
          id: 'AKp2',
          type: 'VIDEO',
          mediaFile: { mediaFileMetadata: { videoMetadata: { processingStatus: 'FAILED' } } },
        },
        { id: 'AKp3', type: 'VIDEO', mediaFile: {} },
        { createTime: '2019-07-20T10:11:12Z' },
      ],
      nextPageToken: 'more',
    });
    assert.equal(skipped, 1);
    assert.deepEqual(page.items[0], {
      ...{ id: 'picked:AKp1', kind: 'photo', filename: 'IMG_1.JPG', mimeType: 'image/jpeg', width: 4032, height: 3024 },
      ...{ creationTime: Date.parse('2019-07-20T10:11:12Z'), creationTimeText: '2019-07-20T10:11:12Z' },
      ...{ cameraMake: 'Google', cameraModel: 'Pixel 9', baseUrl: 'https://lh3.googleusercontent.com/ppa/1' },
    });
    assert.deepEqual(
      page.items.map(({ videoStatus }) => videoStatus),
      [undefined, 'FAILED', 'READY'],
    );
    assert.deepEqual(decodePickedPage({}), { page: { items: [] }, skipped: 0 });
  });
});
