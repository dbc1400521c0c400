import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlbumId } from '../../../src/library/album.js';
import type { MediaId, MediaItem } from '../../../src/library/media-item.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import type { Page, PageRequest } from '../../../src/library/remote-library.js';
import type { FaultAction } from '../../emulator/faults.js';
import { remoteRooms } from './remote-rooms.js';

async function everything<T>(list: (page: PageRequest) => Promise<Page<T>>, pageSize: number): Promise<T[]> {
  const found: T[] = [];
  let pageToken: string | undefined;
  do {
    const page: Page<T> = await list({ pageSize, ...(pageToken === undefined ? {} : { pageToken }) });
    found.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

function ids(items: readonly MediaItem[]): string[] {
  return items.map(({ id }) => id);
}

describe('the remote library against the emulator', () => {
  it('the remote library against the emulator lists every item newest first, through empty pages and a last page with nothing', async (test) => {
    const { emulator, library, spent } = await remoteRooms(test, {
      seed: { items: 250 },
      switches: { emptyPages: 2, lastPageEmpty: true },
    });
    const items = await everything((page) => library.listMediaItems(page), 100);
    assert.equal(new Set(ids(items)).size, 250);
    const times = items.map(({ creationTime }) => creationTime);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => b - a),
    );
    const sample = items[17];
    const truth = emulator.library.item(sample?.id ?? '');
    assert.deepEqual(
      [sample?.filename, sample?.mimeType, sample?.kind, sample?.creationTimeText, sample?.width, sample?.cameraModel],
      [truth.filename, truth.mimeType, truth.kind, truth.creationTime, truth.width, truth.cameraModel],
    );
    assert.equal(spent.api, emulator.counters.requests({ route: 'mediaItems.list' }));
  });

  it('the remote library against the emulator finds favourites, archived items, kinds, days and the items of an album in its order', async (test) => {
    const { emulator, library } = await remoteRooms(test);
    const photo = emulator.library.add({ creationTime: '2020-05-05T12:00:00Z', favorite: true });
    const clip = emulator.library.add({ creationTime: '2021-05-05T12:00:00Z', mimeType: 'video/mp4' });
    const old = emulator.library.add({ creationTime: '1969-05-05T12:00:00Z', archived: true });
    const album = emulator.library.createAlbum('Rome', [old.id, photo.id]);
    const day = { year: 2020, month: 5, day: 5 };
    const page = { pageSize: 100 };
    const search = async (wanted: Parameters<typeof library.searchMediaItems>[0]): Promise<string[]> =>
      ids((await library.searchMediaItems(wanted, page)).items);
    assert.deepEqual(await search({ favorites: true }), [photo.id]);
    assert.deepEqual(await search({ mediaKind: 'video' }), [clip.id]);
    assert.deepEqual(await search({ mediaKind: 'all', includeArchived: true }), await search({}));
    assert.deepEqual(await search({ dateRanges: [{ start: day, end: day }] }), [photo.id]);
    assert.ok((await search({ includeArchived: true })).includes(old.id));
    assert.deepEqual(await search({ albumId: album.id as AlbumId }), [old.id, photo.id]);
    const albums = await everything((wanted) => library.listAlbums(wanted), 50);
    assert.deepEqual(
      albums.map(({ title, mediaItemsCount }) => [title, mediaItemsCount]),
      [['Rome', 2]],
    );
  });

  it('the remote library against the emulator gets a batch with the unknown item in its place, also where one bad id fails the whole', async (test) => {
    for (const batchGetFailsWhole of [false, true]) {
      const { emulator, library } = await remoteRooms(test, { switches: { batchGetFailsWhole } });
      const [a, b] = [emulator.library.add().id as MediaId, emulator.library.add().id as MediaId];
      const unknown = `${a.slice(0, -3)}xyz` as MediaId;
      const results = await library.batchGetMediaItems([a, unknown, b]);
      assert.deepEqual(
        [...results].map(([id, result]) => [id, result instanceof RemoteError ? result.kind : result.id]),
        [
          [a, a],
          [unknown, 'not-found'],
          [b, b],
        ],
      );
    }
  });

  it('the remote library against the emulator gets a new access token if Google ends one early', async (test) => {
    const { emulator, library } = await remoteRooms(test, { seed: { items: 5 } });
    await library.listMediaItems({ pageSize: 5 });
    emulator.oauth.expireAccessTokens();
    assert.equal((await library.listMediaItems({ pageSize: 5 })).items.length, 5);
    assert.equal(emulator.counters.requests({ route: 'oauth.token' }), 2);
  });

  it('the remote library against the emulator renews the access token before it ends, one exchange for many callers', async (test) => {
    const { emulator, library } = await remoteRooms(test, { seed: { items: 5 } });
    const callAll = () => Promise.all(Array.from({ length: 8 }, () => library.listMediaItems({ pageSize: 5 })));
    await callAll();
    emulator.clock.advance(3_500_000);
    await callAll();
    assert.equal(emulator.counters.requests({ route: 'oauth.token' }), 2);
    assert.equal(emulator.counters.requests({ status: 401 }), 0);
  });

  it('the remote library against the emulator is signed out where the sign-in was taken back, and asks no more', async (test) => {
    const { emulator, library, failure } = await remoteRooms(test, { seed: { items: 5 } });
    emulator.oauth.revoke(emulator.env.GPHOTOS_REFRESH_TOKEN);
    for (let call = 0; call < 3; call++) {
      const { kind, hint } = await failure(library.listMediaItems({ pageSize: 5 }));
      assert.equal(kind, 'signed-out');
      assert.match(hint, /7 days/);
    }
    assert.equal(emulator.counters.requests({ route: 'oauth.token' }), 1);
    assert.equal(emulator.counters.requests({ route: 'mediaItems.list' }), 0);
  });

  it('the remote library against the emulator stops at the daily quota, without another request until midnight in California', async (test) => {
    const { emulator, library, failure } = await remoteRooms(test, { seed: { items: 5 }, switches: { apiPerDay: 1 } });
    await library.listMediaItems({ pageSize: 5 });
    for (let call = 0; call < 3; call++)
      assert.equal((await failure(library.listMediaItems({ pageSize: 5 }))).kind, 'quota-exhausted');
    assert.equal(emulator.counters.requests({ route: 'mediaItems.list' }), 2);
    emulator.clock.advance(25 * 3_600_000);
    assert.equal((await library.listMediaItems({ pageSize: 5 })).items.length, 5);
  });

  const pageFaults: readonly (readonly [string, FaultAction, string])[] = [
    ['HTML with 200', { type: 'html', status: 200 }, 'protocol'],
    ['HTML with 502 for ever', { type: 'html', status: 502 }, 'server'],
    ['HTML with 403', { type: 'html', status: 403 }, 'forbidden'],
    ['truncated JSON', { type: 'truncated-json' }, 'protocol'],
    ['an array instead of an object', { type: 'edit', edit: () => [] }, 'protocol'],
    ['an object instead of the array', { type: 'edit', edit: (json) => ({ ...json, mediaItems: {} }) }, 'protocol'],
    ['a connection that breaks', { type: 'reset' }, 'server'],
    ['a connection that breaks in the answer', { type: 'reset', afterBytes: 100 }, 'server'],
    ['an answer that does not come', { type: 'stall' }, 'offline'],
    ['an answer that stops coming', { type: 'stall', afterBytes: 100 }, 'server'],
  ];
  for (const [what, action, expected] of pageFaults) {
    it(`the remote library against the emulator ends a page with ${what} as ${expected}, every request counted once`, async (test) => {
      const { emulator, library, spent, failure } = await remoteRooms(test, { seed: { items: 50 } });
      emulator.faults.add({ match: { route: 'mediaItems.list' }, times: Infinity, action });
      assert.equal((await failure(library.listMediaItems({ pageSize: 50 }))).kind, expected);
      emulator.faults.clear();
      assert.equal((await library.listMediaItems({ pageSize: 50 })).items.length, 50);
      assert.equal(spent.api, emulator.counters.requests({ route: 'mediaItems.list' }) + emulator.counters.open);
    });
  }

  it('the remote library against the emulator takes a page without its array as an empty one', async (test) => {
    const { emulator, library } = await remoteRooms(test, { seed: { items: 5 } });
    emulator.faults.add({ action: { type: 'without', fields: ['mediaItems'] }, match: { route: 'mediaItems.list' } });
    assert.deepEqual((await library.listMediaItems({ pageSize: 3 })).items, []);
  });

  it('the remote library against the emulator reports an outdated page token as bad-page-token', async (test) => {
    const { emulator, library, failure } = await remoteRooms(test, {
      seed: { items: 5 },
      switches: { pageTokenLifetimeMs: 1_000 },
    });
    const { nextPageToken = '' } = await library.listMediaItems({ pageSize: 2 });
    emulator.clock.advance(2_000);
    assert.equal(
      (await failure(library.listMediaItems({ pageSize: 2, pageToken: nextPageToken }))).kind,
      'bad-page-token',
    );
  });
});
