import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { idsOf, refused, withEmulator } from './client.js';

const SEED = { seed: { items: 230, archivedEvery: 0 } } as const;

describe("the emulator's pages", () => {
  it('the emulator’s pages hold 25 items unless asked otherwise and 100 at most', () =>
    withEmulator(SEED, async (client) => {
      assert.equal(idsOf(await client.get('/v1/mediaItems')).length, 25);
      assert.equal(idsOf(await client.get('/v1/mediaItems?pageSize=7')).length, 7);
      assert.equal(idsOf(await client.get('/v1/mediaItems?pageSize=5000')).length, 100);
      assert.equal(idsOf(await client.search({ pageSize: '8' })).length, 8);
      await refused(client.request('GET', '/v1/mediaItems?pageSize=-1'), 400, 'INVALID_ARGUMENT');
    }));

  it('the emulator’s pages of an empty library are an empty object', () =>
    withEmulator({}, async (client) => {
      assert.deepEqual(await client.get('/v1/mediaItems'), {});
      assert.deepEqual(await client.get('/v1/albums'), {});
      assert.deepEqual(await client.search({}), {});
    }));

  it('the emulator’s pages go on where the one before ended, though items come and go meanwhile', () =>
    withEmulator(SEED, async (client, { library }) => {
      const truth = [...library.items()].map(({ id }) => id);
      const first = await client.get('/v1/mediaItems?pageSize=100');
      library.add();
      library.remove(truth[50] ?? '');
      const second = await client.get(`/v1/mediaItems?pageSize=100&pageToken=${first.nextPageToken ?? ''}`);
      assert.deepEqual([...idsOf(first), ...idsOf(second)], truth.slice(0, 200));
    }));

  it('the emulator’s pages refuse a token that is not theirs or was made up', () =>
    withEmulator(SEED, async (client) => {
      const { nextPageToken = '' } = await client.get('/v1/mediaItems');
      const filtered = { filters: { mediaTypeFilter: { mediaTypes: ['PHOTO'] } } };
      const other = await refused(
        client.request('POST', '/v1/mediaItems:search', { ...filtered, pageToken: nextPageToken }),
        400,
        'INVALID_ARGUMENT',
      );
      assert.match(other.message, /must be the same/);
      for (const madeUp of ['made-up', `C${Buffer.from('["{}",1]').toString('base64url')}`]) {
        const error = await refused(
          client.request('GET', `/v1/mediaItems?pageToken=${madeUp}`),
          400,
          'INVALID_ARGUMENT',
        );
        assert.equal(error.message, 'Invalid page token.');
      }
      const search = await client.search({ ...filtered, pageSize: 10 });
      await client.search({ ...filtered, pageSize: 20, pageToken: search.nextPageToken });
    }));

  it('the emulator’s pages go stale by the clock', () =>
    withEmulator({ ...SEED, switches: { pageTokenLifetimeMs: 60_000 } }, async (client, { clock }) => {
      const { nextPageToken = '' } = await client.get('/v1/mediaItems');
      clock.advance(59_000);
      await client.get(`/v1/mediaItems?pageToken=${nextPageToken}`);
      clock.advance(2000);
      await refused(client.request('GET', `/v1/mediaItems?pageToken=${nextPageToken}`), 400, 'INVALID_ARGUMENT');
    }));
});

describe("the emulator's odd pages", () => {
  it('the emulator’s odd pages may be empty and have a token', () =>
    withEmulator({ ...SEED, switches: { emptyPages: 2 } }, async (client) => {
      const sizes = (await client.listPages()).map((page) => [
        page.mediaItems?.length,
        page.nextPageToken !== undefined,
      ]);
      assert.deepEqual(sizes, [
        [undefined, true],
        [undefined, true],
        [100, true],
        [undefined, true],
        [undefined, true],
        [100, true],
        [undefined, true],
        [undefined, true],
        [30, false],
      ]);
    }));

  it('the emulator’s odd pages may end with an empty object', () =>
    withEmulator({ ...SEED, switches: { lastPageEmpty: true } }, async (client) => {
      const pages = await client.listPages();
      assert.deepEqual(
        pages.map((page) => idsOf(page).length),
        [100, 100, 30, 0],
      );
      assert.deepEqual(pages.at(-1), {});
    }));

  it('the emulator’s odd pages may begin with the last item of the page before', () =>
    withEmulator({ ...SEED, switches: { repeatAcrossPages: true } }, async (client, { library }) => {
      const [a = [], b = [], c = []] = (await client.listPages()).map(idsOf);
      assert.equal(b[0], a.at(-1));
      assert.equal(c[0], b.at(-1));
      assert.deepEqual(
        [...new Set([...a, ...b, ...c])],
        [...library.items()].map(({ id }) => id),
      );
      const album = library.createAlbum('all', [...a]);
      const first = await client.search({ albumId: album.id, pageSize: 10 });
      const second = await client.search({ albumId: album.id, pageSize: 10, pageToken: first.nextPageToken });
      assert.equal(idsOf(second)[0], idsOf(first).at(-1));
    }));

  it('the emulator’s odd pages may be short', () =>
    withEmulator({ ...SEED, switches: { pageCap: 90 } }, async (client) => {
      assert.deepEqual(
        (await client.listPages()).map((page) => idsOf(page).length),
        [90, 90, 50],
      );
    }));

  it('the emulator’s odd pages may never end', () =>
    withEmulator({ ...SEED, switches: { endlessToken: true } }, async (client) => {
      const pages = await client.listPages();
      assert.equal(pages.length, 50);
      assert.deepEqual(
        pages
          .slice(3)
          .filter(({ mediaItems, nextPageToken }) => mediaItems !== undefined || nextPageToken === undefined),
        [],
      );
    }));
});
