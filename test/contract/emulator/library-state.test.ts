import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { idsOf, refused, withEmulator, type Client } from './client.js';

async function listed(client: Client): Promise<string[]> {
  return (await client.listPages()).flatMap(idsOf);
}

describe("the emulator's library in a test's hands", () => {
  it('the emulator’s library shows an added item at its place in time, whatever its name', () =>
    withEmulator({ seed: { items: 20 } }, async (client, { library }) => {
      const middle = [...library.items()][9];
      const names = [
        '',
        '.',
        '..',
        'a/b',
        'nul\0',
        'line\nbreak',
        'x'.repeat(300),
        'e\u0301.jpg',
        '😀.jpg',
        '-rf',
        '.hidden',
        'CON',
        'noext',
      ];
      const added = names.map((filename) => library.add({ filename, creationTime: middle?.creationTime ?? '' }).id);
      const ids = await listed(client);
      assert.deepEqual(ids.slice(10, 10 + names.length), added);
      for (const [i, id] of added.entries()) assert.equal((await client.itemOf(id)).filename ?? '', names[i]);
    }));

  it('the emulator’s library moves an item whose date changes, to and fro', () =>
    withEmulator({ seed: { items: 20 } }, async (client, { library }) => {
      const before = await listed(client);
      const id = before[10] ?? '';
      const { creationTime } = library.item(id);
      library.update(id, { creationTime: '2030-01-01T00:00:00Z' });
      assert.deepEqual(await listed(client), [id, ...before.filter((other) => other !== id)]);
      library.update(id, { creationTime: '1930-01-01T00:00:00Z' });
      assert.deepEqual(await listed(client), [...before.filter((other) => other !== id), id]);
      library.update(id, { creationTime });
      assert.deepEqual(await listed(client), before);
      const extra = library.add({ creationTime: '2031-01-01T00:00:00Z' }).id;
      library.update(extra, { creationTime: '1931-01-01T00:00:00Z' });
      assert.deepEqual(await listed(client), [...before, extra]);
    }));

  it('the emulator’s library forgets a removed item everywhere, and takes it back', () =>
    withEmulator({ seed: { items: 20, albums: 1 } }, async (client, { library, baseUrlOf }) => {
      const before = await listed(client);
      const id = before[3] ?? '';
      const url = `${baseUrlOf(id)}=d`;
      library.remove(id);
      assert.deepEqual(
        await listed(client),
        before.filter((other) => other !== id),
      );
      await refused(client.request('GET', `/v1/mediaItems/${id}`), 400, 'INVALID_ARGUMENT');
      assert.equal((await fetch(url)).status, 404);
      assert.equal(library.itemCount, 19);
      library.restore(id);
      assert.deepEqual(await listed(client), before);
      assert.equal((await fetch(url)).status, 200);
    }));

  it('the emulator’s library changes what searches find', () =>
    withEmulator({ seed: { items: 20, favoritesEvery: 0, archivedEvery: 0 } }, async (client, { library }) => {
      const [first] = library.items();
      const id = first?.id ?? '';
      const favorites = { filters: { featureFilter: { includedFeatures: ['FAVORITES'] } } };
      assert.deepEqual(await client.search(favorites), {});
      library.setFavorite(id, true);
      assert.deepEqual(idsOf(await client.search(favorites)), [id]);
      library.setArchived(id, true);
      assert.deepEqual(await client.search(favorites), {});
      library.update(id, { archived: false, filename: 'new.jpg', description: 'd', camera: { make: 'M' } });
      const item = await client.itemOf(id);
      assert.deepEqual(
        [item.filename, item.description, item.mediaMetadata.photo?.['cameraMake']],
        ['new.jpg', 'd', 'M'],
      );
    }));

  it('the emulator’s library changes albums', () =>
    withEmulator({ seed: { items: 5, albums: 0 } }, async (client, { library }) => {
      const [a, b, c] = [...library.items()].map(({ id }) => id) as [string, string, string];
      const { id: albumId } = library.createAlbum('one', [a]);
      const content = async (): Promise<string[]> => idsOf(await client.search({ albumId }));
      library.addToAlbum(albumId, [c, b, a]);
      assert.deepEqual(await content(), [a, c, b]);
      library.removeFromAlbum(albumId, [c]);
      assert.deepEqual(await content(), [a, b]);
      library.setAlbumItems(albumId, [b, c, a]);
      assert.deepEqual(await content(), [b, c, a]);
      library.updateAlbum(albumId, { title: 'two' });
      assert.deepEqual(
        (await client.get('/v1/albums')).albums?.map(({ title }) => title),
        ['two'],
      );
      library.removeAlbum(albumId);
      assert.deepEqual(await client.get('/v1/albums'), {});
      assert.throws(() => library.addToAlbum(albumId, [a]), /no album/);
    }));
});

describe("the emulator's seeds", () => {
  it('the emulator’s seeds are spread over the years in bursts, with namesakes, cameras, favourites and archived items', () =>
    withEmulator({ seed: { items: 10_000, albums: 20, videosEvery: 50 } }, (_, { library }) => {
      const items = [...library.items()];
      const count = (wanted: (item: (typeof items)[number]) => boolean): number => items.filter(wanted).length;
      const years = new Set(items.map(({ creationTime }) => creationTime.slice(0, 4)));
      assert.deepEqual(
        [...years].sort(),
        Array.from({ length: 23 }, (__, i) => String(2004 + i)),
      );
      assert.equal(
        count(({ kind }) => kind === 'video'),
        200,
      );
      assert.ok(new Set(items.map(({ filename }) => filename)).size < 10_000);
      assert.ok(new Set(items.map(({ cameraModel }) => cameraModel)).size > 4);
      assert.ok(count(({ cameraMake }) => cameraMake === undefined) > 500);
      assert.ok(count(({ favorite }) => favorite) > 200);
      assert.ok(count(({ archived }) => archived) > 100);
      assert.equal(library.albumCount, 20);
      const days = new Set(items.map(({ creationTime }) => creationTime.slice(0, 10)));
      assert.ok(days.size < 2000, `${days.size} days for 10,000 items`);
      return Promise.resolve();
    }));

  it('the emulator’s seeds of a million items start at once and hold no item', () =>
    withEmulator({ seed: { items: 1_000_000, albums: 20 } }, async (client, { library }) => {
      const before = process.memoryUsage();
      assert.equal(library.itemCount, 1_000_000);
      assert.ok(before.rss < 300 * 2 ** 20, `${before.rss} bytes resident`);
      const number = 777_777;
      const id = library.idOf(number);
      const item = await client.itemOf(id);
      const day = item.mediaMetadata.creationTime.slice(0, 10).split('-').map(Number);
      const date = { year: day[0], month: day[1], day: day[2] };
      const page = await client.search({
        pageSize: 100,
        filters: { includeArchivedMedia: true, dateFilter: { dates: [date] } },
      });
      assert.ok((page.mediaItems ?? []).length > 0);
    }));
});
