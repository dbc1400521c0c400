import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { idsOf, refused, withEmulator, type AlbumJson } from './client.js';

describe("the emulator's albums", () => {
  it('the emulator’s albums are listed twenty at a time unless asked otherwise and fifty at most', () =>
    withEmulator({ seed: { items: 100, albums: 60 } }, async (client, { library }) => {
      assert.equal((await client.get('/v1/albums')).albums?.length, 20);
      const first = await client.get('/v1/albums?pageSize=500');
      const second = await client.get(`/v1/albums?pageSize=500&pageToken=${first.nextPageToken ?? ''}`);
      assert.deepEqual([first.albums?.length, second.albums?.length, second.nextPageToken], [50, 10, undefined]);
      const ids = [...(first.albums ?? []), ...(second.albums ?? [])].map(({ id }) => id);
      assert.deepEqual(
        ids,
        library.albums().map(({ id }) => id),
      );
    }));

  it('the emulator’s albums are written as the API writes them', () =>
    withEmulator({ seed: { items: 3, albums: 0 } }, async (client, { library }) => {
      const [one, two] = [...library.items()].map(({ id }) => id) as [string, string];
      const full = library.createAlbum('Rom', [two, one]);
      const { coverPhotoBaseUrl, ...json } = await client.get<AlbumJson & { coverPhotoBaseUrl: string }>(
        `/v1/albums/${full.id}`,
      );
      assert.match(coverPhotoBaseUrl, /\/lr\//);
      const productUrl = `https://photos.google.com/lr/album/${full.id}`;
      assert.deepEqual(json, {
        id: full.id,
        title: 'Rom',
        productUrl,
        isWriteable: true,
        mediaItemsCount: '2',
        coverPhotoMediaItemId: two,
      });
      const empty = library.createAlbum('');
      assert.deepEqual(await client.get(`/v1/albums/${empty.id}`), {
        id: empty.id,
        productUrl: productUrl.replace(full.id, empty.id),
        isWriteable: true,
      });
    }));

  it('the emulator’s albums show their items in album order, archived ones too', () =>
    withEmulator({ seed: { items: 300, albums: 0 } }, async (client, { library }) => {
      const ids = [...library.items()]
        .map(({ id }) => id)
        .reverse()
        .slice(0, 250);
      library.setArchived(ids[3] ?? '', true);
      const album = library.createAlbum('a', ids);
      const shown: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await client.search({
          albumId: album.id,
          pageSize: 100,
          ...(pageToken === undefined ? {} : { pageToken }),
        });
        shown.push(...idsOf(page));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      assert.deepEqual(shown, ids);
    }));

  it('the emulator’s albums lose an item that leaves the library, and their cover with it', () =>
    withEmulator({ seed: { items: 3, albums: 0 } }, async (client, { library }) => {
      const [one, two] = [...library.items()].map(({ id }) => id) as [string, string];
      const { id } = library.createAlbum('a', [one, two]);
      library.updateAlbum(id, { coverItemId: one });
      library.remove(one);
      const json = await client.get<AlbumJson>(`/v1/albums/${id}`);
      assert.deepEqual([json.mediaItemsCount, json.coverPhotoMediaItemId], ['1', two]);
      assert.deepEqual(idsOf(await client.search({ albumId: id })), [two]);
    }));

  it('the emulator’s albums can be made, renamed, filled and emptied, but not deleted', () =>
    withEmulator({ seed: { items: 3, albums: 0 } }, async (client, { library }) => {
      const [one, two] = [...library.items()].map(({ id }) => id) as [string, string];
      const made = await client.post<AlbumJson>('/v1/albums', { album: { title: 'Neu' } });
      assert.deepEqual([made.title, made.isWriteable, made.mediaItemsCount], ['Neu', true, undefined]);
      const path = `/v1/albums/${made.id}`;
      assert.deepEqual(await client.post(`${path}:batchAddMediaItems`, { mediaItemIds: [two, one] }), {});
      assert.deepEqual(await client.post(`${path}:batchAddMediaItems`, { mediaItemIds: [one] }), {});
      assert.deepEqual(
        library.albumItems(made.id).map(({ id }) => id),
        [two, one],
      );
      const patched = await client.request('PATCH', `${path}?updateMask=title,cover_photo_media_item_id`, {
        title: 'Alt',
        coverPhotoMediaItemId: one,
      });
      const { title, coverPhotoMediaItemId } = (await patched.json()) as AlbumJson;
      assert.deepEqual([title, coverPhotoMediaItemId], ['Alt', one]);
      assert.deepEqual(await client.post(`${path}:batchRemoveMediaItems`, { mediaItemIds: [two] }), {});
      assert.deepEqual(
        library.albumItems(made.id).map(({ id }) => id),
        [one],
      );
      await refused(
        client.request('POST', `${path}:batchRemoveMediaItems`, { mediaItemIds: [one, two] }),
        400,
        'INVALID_ARGUMENT',
      );
      await refused(client.request('DELETE', path), 501, 'UNIMPLEMENTED');
    }));

  it('the emulator’s albums refuse a batch with one bad id whole, and more than they can hold', () =>
    withEmulator({ seed: { items: 5, albums: 0 }, switches: { albumCapacity: 2 } }, async (client, { library }) => {
      const ids = [...library.items()].map(({ id }) => id);
      const { id } = library.createAlbum('a');
      const add = (mediaItemIds: unknown[]): Promise<Response> =>
        client.request('POST', `/v1/albums/${id}:batchAddMediaItems`, { mediaItemIds });
      const error = await refused(add([ids[0], 'nonsense']), 400, 'INVALID_ARGUMENT');
      assert.equal(error.message, 'Request contains an invalid media item id.');
      await refused(add([ids[0], ids[0]]), 400, 'INVALID_ARGUMENT');
      await refused(add(ids.slice(0, 3)), 400, 'INVALID_ARGUMENT');
      assert.equal(library.albumItems(id).length, 0);
    }));

  it('the emulator’s albums may share a title', () =>
    withEmulator({}, async (client) => {
      const one = await client.post<AlbumJson>('/v1/albums', { album: { title: 'Twin' } });
      const two = await client.post<AlbumJson>('/v1/albums', { album: { title: 'Twin' } });
      assert.notEqual(one.id, two.id);
      await refused(
        client.request('POST', '/v1/albums', { album: { title: 'x'.repeat(501) } }),
        400,
        'INVALID_ARGUMENT',
      );
    }));
});
