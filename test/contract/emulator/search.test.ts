import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EmulatedItem } from '../../emulator/item.js';
import { categoryOf } from '../../emulator/search-filters.js';
import { idsOf, refused, withEmulator, type Client, type Json } from './client.js';

const SEED = { seed: { items: 400, favoritesEvery: 10, archivedEvery: 8 } } as const;

async function found(client: Client, body: Json): Promise<string[]> {
  const ids: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await client.search({ ...body, pageSize: 100, ...(pageToken === undefined ? {} : { pageToken }) });
    ids.push(...idsOf(page));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return ids;
}

/** Asserts that a search finds exactly the items that `wanted` picks from the truth. */
async function finds(client: Client, filters: Json, wanted: (item: EmulatedItem) => boolean): Promise<void> {
  const truth = [...client.emulator.library.items()].filter(wanted).map(({ id }) => id);
  assert.ok(truth.length > 0, 'the seed has such items');
  assert.deepEqual(await found(client, { filters }), truth);
}

const day = (item: EmulatedItem): string => item.creationTime.slice(0, 10);
const date = (text: string): Json => {
  const [year, month, dayOfMonth] = text.split('-').map(Number);
  return { year, month, day: dayOfMonth };
};

describe("the emulator's search", () => {
  it('the emulator’s search without filters is the unfiltered list', () =>
    withEmulator(SEED, async (client, { library }) => {
      assert.deepEqual(
        await found(client, {}),
        [...library.items()].map(({ id }) => id),
      );
    }));

  it('the emulator’s search finds favourites', () =>
    withEmulator(SEED, (client) =>
      finds(client, { featureFilter: { includedFeatures: ['FAVORITES'] } }, (item) => item.favorite && !item.archived),
    ));

  it('the emulator’s search finds photos or videos', () =>
    withEmulator(SEED, async (client) => {
      await finds(
        client,
        { mediaTypeFilter: { mediaTypes: ['VIDEO'] } },
        (item) => item.kind === 'video' && !item.archived,
      );
      await finds(
        client,
        { mediaTypeFilter: { mediaTypes: ['PHOTO'] } },
        (item) => item.kind === 'photo' && !item.archived,
      );
      await finds(client, { mediaTypeFilter: { mediaTypes: ['ALL_MEDIA'] } }, (item) => !item.archived);
    }));

  it('the emulator’s search with any filter hides archived items unless they are asked for', () =>
    withEmulator(SEED, async (client) => {
      await finds(client, {}, (item) => !item.archived);
      await finds(client, { includeArchivedMedia: false }, (item) => !item.archived);
      await finds(client, { includeArchivedMedia: true }, () => true);
    }));

  it('the emulator’s search finds days, months, years and ranges, all ends included', () =>
    withEmulator(SEED, async (client, { library }) => {
      const items = [...library.items()].filter(({ archived }) => !archived);
      const one = items[30];
      const two = items[200];
      assert.ok(one && two);
      const year = Number(day(one).slice(0, 4));
      const month = Number(day(one).slice(5, 7));
      await finds(
        client,
        { dateFilter: { dates: [date(day(one))] } },
        (item) => !item.archived && day(item) === day(one),
      );
      await finds(
        client,
        { dateFilter: { dates: [{ year, month }] } },
        (item) => !item.archived && item.creationTime.startsWith(day(one).slice(0, 7)),
      );
      await finds(
        client,
        { dateFilter: { dates: [{ year }, date(day(two))] } },
        (item) => !item.archived && (item.creationTime.startsWith(`${year}-`) || day(item) === day(two)),
      );
      await finds(
        client,
        { dateFilter: { ranges: [{ startDate: date(day(two)), endDate: date(day(one)) }] } },
        (item) => !item.archived && day(item) >= day(two) && day(item) <= day(one),
      );
    }));

  it('the emulator’s search turns round for oldest first, beside a date filter only', () =>
    withEmulator(SEED, async (client, { library }) => {
      const filters = {
        includeArchivedMedia: true,
        dateFilter: { ranges: [{ startDate: { year: 2000 }, endDate: { year: 2030 } }] },
      };
      const truth = [...library.items()].map(({ id }) => id);
      assert.deepEqual(await found(client, { orderBy: 'MediaMetadata.creation_time', filters }), [...truth].reverse());
      assert.deepEqual(await found(client, { orderBy: 'MediaMetadata.creation_time desc', filters }), truth);
      await refused(
        client.request('POST', '/v1/mediaItems:search', { orderBy: 'MediaMetadata.creation_time' }),
        400,
        'INVALID_ARGUMENT',
      );
      await refused(
        client.request('POST', '/v1/mediaItems:search', { orderBy: 'name', filters }),
        400,
        'INVALID_ARGUMENT',
      );
    }));

  it('the emulator’s search finds by category and without one', () =>
    withEmulator(SEED, async (client) => {
      await finds(
        client,
        { contentFilter: { includedContentCategories: ['PETS', 'FOOD'] } },
        (item) => !item.archived && ['PETS', 'FOOD'].includes(categoryOf(item.number)),
      );
      await finds(
        client,
        { contentFilter: { excludedContentCategories: ['PETS'] } },
        (item) => !item.archived && categoryOf(item.number) !== 'PETS',
      );
    }));

  it('the emulator’s search with a filter shows new items late, where that is switched on', () =>
    withEmulator({ switches: { searchLagMs: 300_000 } }, async (client, { library, clock }) => {
      const { id } = library.add({ creationTime: '2020-05-05T05:05:05Z' });
      const filters = { dateFilter: { dates: [{ year: 2020 }] } };
      assert.deepEqual(await found(client, { filters }), []);
      assert.deepEqual(await found(client, {}), [id]);
      clock.advance(300_001);
      assert.deepEqual(await found(client, { filters }), [id]);
    }));

  it('the emulator’s search with a filter hides items dated in the future, unless that is switched off', () =>
    withEmulator({}, async (client, { library, clock, switches }) => {
      const { id } = library.add({ creationTime: clock.now() + 86_400_000 });
      assert.deepEqual(await found(client, { filters: {} }), []);
      assert.deepEqual(await found(client, {}), [id]);
      switches.hideFutureInFiltered = false;
      assert.deepEqual(await found(client, { filters: {} }), [id]);
    }));

  it('the emulator’s search takes days by the time zone it is switched to', () =>
    withEmulator({ switches: { dateFilterOffsetMinutes: 120 } }, async (client, { library }) => {
      const { id } = library.add({ creationTime: '2020-05-05T23:30:00Z' });
      assert.deepEqual(await found(client, { filters: { dateFilter: { dates: [date('2020-05-06')] } } }), [id]);
    }));

  it('the emulator’s search and list leave archived items out where that is switched on', () =>
    withEmulator({ ...SEED, switches: { listShowsArchived: false } }, async (client, { library }) => {
      const truth = [...library.items()].filter(({ archived }) => !archived).map(({ id }) => id);
      assert.deepEqual((await client.listPages()).flatMap(idsOf), truth);
      assert.deepEqual(await found(client, {}), truth);
    }));

  const WRONG: readonly (readonly [string, Json])[] = [
    ['two media types', { filters: { mediaTypeFilter: { mediaTypes: ['PHOTO', 'VIDEO'] } } }],
    ['an unknown media type', { filters: { mediaTypeFilter: { mediaTypes: ['RAW'] } } }],
    ['an unknown category', { filters: { contentFilter: { includedContentCategories: ['CATS'] } } }],
    ['an unknown field', { filter: {} }],
    ['an unknown filter', { filters: { datesFilter: {} } }],
    ['six dates', { filters: { dateFilter: { dates: Array.from({ length: 6 }, (_, i) => ({ year: 2000 + i })) } } }],
    [
      'a range of two formats',
      { filters: { dateFilter: { ranges: [{ startDate: { year: 2000 }, endDate: { year: 2001, month: 2 } }] } } },
    ],
    [
      'a range that ends before it starts',
      { filters: { dateFilter: { ranges: [{ startDate: { year: 2002 }, endDate: { year: 2001 } }] } } },
    ],
    ['an album that does not exist', { albumId: 'x' }],
  ];
  for (const [what, body] of WRONG) {
    it(`the emulator's search refuses ${what}`, () =>
      withEmulator({}, async (client) => {
        await refused(client.request('POST', '/v1/mediaItems:search', body), 400, 'INVALID_ARGUMENT');
      }));
  }

  it('the emulator’s search refuses an album together with filters or an order', () =>
    withEmulator({}, async (client, { library }) => {
      const { id: albumId } = library.createAlbum('a');
      await client.search({ albumId });
      for (const more of [{ filters: { includeArchivedMedia: true } }, { orderBy: 'MediaMetadata.creation_time' }]) {
        await refused(client.request('POST', '/v1/mediaItems:search', { albumId, ...more }), 400, 'INVALID_ARGUMENT');
      }
    }));

  it('the emulator’s search refuses a body that is not JSON', () =>
    withEmulator({}, async ({ emulator }) => {
      const headers = { authorization: `Bearer ${emulator.oauth.issueAccessToken().token}` };
      await refused(
        fetch(`${emulator.url}/v1/mediaItems:search`, { method: 'POST', body: '{', headers }),
        400,
        'INVALID_ARGUMENT',
      );
    }));
});
