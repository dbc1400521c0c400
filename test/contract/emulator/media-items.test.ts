import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refused, withEmulator, type ItemJson, type Json } from './client.js';

interface BatchJson {
  readonly mediaItemResults: {
    readonly mediaItem?: ItemJson;
    readonly status?: { readonly code: number; readonly message: string };
  }[];
}

describe("the emulator's media items", () => {
  it('the emulator’s media items are listed newest first, each once', () =>
    withEmulator({ seed: { items: 230 } }, async (client, { library }) => {
      const pages = await client.listPages();
      const items = pages.flatMap(({ mediaItems = [] }) => mediaItems);
      assert.deepEqual(
        pages.map(({ mediaItems = [] }) => mediaItems.length),
        [100, 100, 30],
      );
      assert.equal(new Set(items.map(({ id }) => id)).size, 230);
      const times = items.map(({ mediaMetadata }) => Date.parse(mediaMetadata.creationTime));
      assert.deepEqual(
        times,
        [...times].sort((a, b) => b - a),
      );
      assert.deepEqual(
        items.map(({ id }) => id),
        [...library.items()].map(({ id }) => id),
      );
    }));

  it('the emulator’s media items have long base64url ids that other seeds do not know', () =>
    withEmulator({ seed: { items: 3, random: 1 } }, async (client) => {
      const [first] = (await client.get('/v1/mediaItems')).mediaItems ?? [];
      assert.match(first?.id ?? '', /^[\w-]{98}$/);
      await withEmulator({ seed: { items: 3, random: 1 } }, async (same) => {
        assert.equal((await same.get('/v1/mediaItems')).mediaItems?.[0]?.id, first?.id);
      });
      const forged = (first?.id ?? '').replace(/.{4}$/, 'AAAA');
      await refused(client.request('GET', `/v1/mediaItems/${forged}`), 400, 'INVALID_ARGUMENT');
      await withEmulator({ seed: { items: 3, random: 2 } }, async (other) => {
        await refused(other.request('GET', `/v1/mediaItems/${first?.id ?? ''}`), 400, 'INVALID_ARGUMENT');
      });
    }));

  it('the emulator’s media items are written as the API writes them: int64 as text, empty values left out', () =>
    withEmulator({}, async (client, { library }) => {
      const { id } = library.add({
        filename: 'a/b.jpg',
        creationTime: '1969-07-20T20:17:40.045Z',
        camera: { make: 'Hasselblad', model: '500EL' },
        width: 4032,
        height: 3024,
      });
      const { baseUrl, ...item } = await client.itemOf(id);
      assert.match(baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/lr\/[\w-]+$/);
      const { photo = {}, ...metadata } = item.mediaMetadata;
      assert.deepEqual(
        { ...item, mediaMetadata: metadata },
        {
          id,
          productUrl: `https://photos.google.com/lr/photo/${id}`,
          mimeType: 'image/jpeg',
          mediaMetadata: { creationTime: '1969-07-20T20:17:40.045Z', width: '4032', height: '3024' },
          filename: 'a/b.jpg',
        },
      );
      assert.deepEqual([photo['cameraMake'], photo['cameraModel']], ['Hasselblad', '500EL']);

      const bare = await client.itemOf(library.add({ filename: '' }).id);
      assert.equal('filename' in bare || 'description' in bare, false);
      assert.deepEqual(bare.mediaMetadata.photo, {});
    }));

  it('the emulator’s media items tell whether a video can be read, also when that comes by itself', () =>
    withEmulator({}, async (client, { library, clock }) => {
      const { id } = library.add({ kind: 'video', readyAfterMs: 60_000 });
      const before = await client.itemOf(id);
      assert.equal(before.mediaMetadata.video?.['status'], 'PROCESSING');
      assert.equal(before.mediaMetadata.width, undefined);
      assert.equal((await fetch(`${before.baseUrl}=dv`)).status, 404);
      clock.advance(60_000);
      assert.equal((await client.itemOf(id)).mediaMetadata.video?.['status'], 'READY');
      assert.equal((await fetch(`${before.baseUrl}=dv`)).status, 200);
      library.update(id, { videoStatus: 'FAILED' });
      assert.equal((await client.itemOf(id)).mediaMetadata.video?.['status'], 'FAILED');
    }));

  it('the emulator’s media items come fifty at a time in the order asked for, with a status in place of the missing', () =>
    withEmulator({ seed: { items: 60 } }, async (client, { library }) => {
      const ids = [...library.items()].map(({ id }) => id);
      const gone = ids[1] ?? '';
      library.remove(gone);
      const query = (list: string[]): string =>
        `/v1/mediaItems:batchGet?${list.map((id) => `mediaItemIds=${id}`).join('&')}`;
      const { mediaItemResults: results } = await client.get<BatchJson>(
        query([ids[5] ?? '', 'nonsense', gone, ids[0] ?? '']),
      );
      assert.deepEqual(
        results.map(({ mediaItem }) => mediaItem?.id),
        [ids[5], undefined, undefined, ids[0]],
      );
      assert.deepEqual(
        results.map(({ status }) => status?.code),
        [undefined, 3, 5, undefined],
      );
      assert.equal(results[1]?.status?.message, 'Invalid media item ID.');
      assert.equal((await client.get<BatchJson>(query(ids.slice(2, 52)))).mediaItemResults.length, 50);
      await refused(client.request('GET', query(ids.slice(2, 53))), 400, 'INVALID_ARGUMENT');
      await refused(client.request('GET', query([ids[0] ?? '', ids[0] ?? ''])), 400, 'INVALID_ARGUMENT');
      await refused(client.request('GET', '/v1/mediaItems:batchGet'), 400, 'INVALID_ARGUMENT');
    }));

  it('the emulator’s media items fail together in a batchGet with a bad id, where that is switched on', () =>
    withEmulator({ seed: { items: 2 }, switches: { batchGetFailsWhole: true } }, async (client, { library }) => {
      const [good] = library.items();
      await client.get(`/v1/mediaItems:batchGet?mediaItemIds=${good?.id ?? ''}`);
      await refused(
        client.request('GET', `/v1/mediaItems:batchGet?mediaItemIds=${good?.id ?? ''}&mediaItemIds=no`),
        500,
        'INTERNAL',
      );
    }));

  it('the emulator’s media items answer 400 or 404 for an unknown id, as switched', () =>
    withEmulator({}, async (client, { switches }) => {
      const error = await refused(client.request('GET', '/v1/mediaItems/nonsense'), 400, 'INVALID_ARGUMENT');
      assert.equal(error.message, 'Invalid media item ID.');
      switches.unknownIdStatus = 404;
      await refused(client.request('GET', '/v1/mediaItems/nonsense'), 404, 'NOT_FOUND');
    }));

  it('the emulator’s media items take a new description, and nothing else', () =>
    withEmulator({}, async (client, { library }) => {
      const { id } = library.add();
      const path = `/v1/mediaItems/${id}`;
      const response = await client.request('PATCH', `${path}?updateMask=description`, { description: 'Höhe' });
      assert.equal(((await response.json()) as Json)['description'], 'Höhe');
      assert.equal(library.item(id).description, 'Höhe');
      await refused(client.request('PATCH', path, { description: 'x' }), 400, 'INVALID_ARGUMENT');
      await refused(client.request('PATCH', `${path}?updateMask=filename`, { filename: 'x' }), 400, 'INVALID_ARGUMENT');
      await refused(client.request('DELETE', path), 501, 'UNIMPLEMENTED');
    }));
});

describe("the emulator's other routes", () => {
  it('the emulator’s other routes answer 501 naming what was asked', () =>
    withEmulator({}, async (client) => {
      const error = await refused(client.request('POST', '/v1/mediaItems:explode'), 501, 'UNIMPLEMENTED');
      assert.match(error.message, /POST \/v1\/mediaItems:explode/);
      await refused(client.request('POST', '/picker/v1/mediaItems'), 501, 'UNIMPLEMENTED');
    }));

  it('the emulator’s other routes tolerate the generic parameters of Google APIs', () =>
    withEmulator({ seed: { items: 2 } }, async (client) => {
      const page = await client.get(
        '/v1/mediaItems?alt=json&prettyPrint=false&fields=*&quotaUser=me&%24.xgafv=1&key=k',
      );
      assert.equal(page.mediaItems?.length, 2);
    }));

  it('the emulator’s other routes have been closed for shared albums', () =>
    withEmulator({}, async (client) => {
      await refused(client.request('GET', '/v1/sharedAlbums'), 403, 'PERMISSION_DENIED');
      await refused(client.request('POST', '/v1/albums/x:share'), 403, 'PERMISSION_DENIED');
    }));
});
