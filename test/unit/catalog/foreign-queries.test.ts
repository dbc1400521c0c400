import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceItem } from '../../../src/catalog/item-store.js';
import { ROWS_A_TRANSACTION } from '../../../src/catalog/transaction-size.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { SOURCES } from '../../../src/library/source.js';
import { album, photo, withCatalog, type Fixture, setMembers } from './catalog-fixture.js';

const NOON = '2024-01-01T12:00:00Z';
const OTHERS = SOURCES.filter(({ name }) => name !== 'app');

interface World extends Fixture {
  /** Row of `google`, the only item of Google's listing. */
  readonly google: number;
  /** Rows of a photograph, a video that is not ready, a favourite and an item that Google had until it went there. */
  readonly foreign: readonly number[];
  readonly albums: readonly number[];
}

/** One item and one album of Google, beside it items and albums of every other source, without sizes. */
function withForeign(work: (world: World) => void): void {
  withCatalog((fixture) => {
    const { writer, put } = fixture;
    const [google = 0] = put(photo('google', NOON));
    const foreign: number[] = [];
    writer.transaction(() => {
      writer.albums.put([album('A', 'Rome', 1)], 1);
      for (const { name, prefix } of OTHERS) {
        const video: SourceItem = photo(`${prefix}video`, NOON, { kind: 'video', mimeType: 'video/mp4' });
        const items = [photo(`${prefix}photo`, NOON), { ...video, videoStatus: 'PROCESSING' as const }];
        const { rowIds } = writer.items.put([...items, photo(`${prefix}favorite`, NOON)], 0, name);
        writer.items.setFlag('favorite', 1, rowIds.slice(2));
        const both = photo(`app-${name}`, `2023-01-0${foreign.length + 1}T12:00:00Z`);
        const [lost = 0] = writer.items.put([both], 1).rowIds;
        writer.items.put([{ ...both, id: `${prefix}both` as MediaId }], 0, name);
        writer.items.markGone([lost]);
        writer.items.setFlag('favorite', 1, [lost]);
        foreign.push(...rowIds, lost);
        writer.albums.put([album(`${prefix}A`, `of ${name}`, 4)], 0, name);
      }
    });
    const view = fixture.view();
    const albums = OTHERS.map(({ name }) => view.albumByName(`of ${name}`)?.rowId ?? 0);
    writer.transaction(() => {
      OTHERS.forEach(({ name }, index) => {
        setMembers(writer.albums, albums[index] ?? 0, foreign.slice(index * 4, index * 4 + 4), name);
      });
    });
    assert.equal(foreign.length, 4 * OTHERS.length);
    work({ ...fixture, google, foreign, albums });
  });
}

describe('items of other sources than Google’s listing', () => {
  it('items of other sources are not measured, not asked for whether they are ready, and not measured again', () =>
    withForeign(({ writer, foreign, view }) => {
      assert.deepEqual(
        writer.sizes.worklist(100, 0).map(({ id }) => id),
        ['google'],
      );
      assert.deepEqual(writer.items.unready(100), []);
      const reader = view();
      assert.deepEqual(
        reader.unmeasured({ by: 'all' }, 100).map(({ mediaId }) => mediaId),
        ['google'],
      );
      for (const album of reader.albums())
        assert.deepEqual(reader.unmeasured({ by: 'album', albumRowId: album.rowId }, 100), [], album.name);
      writer.transaction(() => {
        writer.sizes.put(
          OTHERS.flatMap(({ prefix }) => [{ mediaId: `${prefix}photo` as MediaId, size: 5 }]).concat([
            { mediaId: 'google' as MediaId, size: 6 },
          ]),
        );
        writer.sizes.planRecheck();
      });
      assert.ok(foreign.length > 0);
      assert.deepEqual(
        writer.sizes.toRecheck(100).map(({ id }) => id),
        ['google'],
      );
    }));

  it('items of other sources are no neighbours of an item whose base URL is asked for, and have none', () =>
    withForeign(({ put, view }) => {
      put(photo('newer', '2024-02-01T12:00:00Z'), photo('same', NOON), photo('older', '2022-02-01T12:00:00Z'));
      const reader = view();
      assert.deepEqual(reader.neighbours('google' as MediaId, 100).sort(), ['newer', 'older', 'same']);
      for (const { prefix } of OTHERS) assert.deepEqual(reader.neighbours(`${prefix}photo` as MediaId, 100), []);
    }));

  it('items of other sources are not among the favourites that Google lists, nor those that a pass missed or may flag', () =>
    withForeign(({ writer, google, foreign }) => {
      writer.transaction(() => {
        writer.items.setFlag('favorite', 1, [google]);
        for (const rowId of [google, ...foreign]) writer.marks.mark(rowId, 2);
      });
      assert.deepEqual(writer.items.favorites(), [google]);
      assert.deepEqual(
        writer.marks.unmarked(4).map(({ rowId, mediaId }) => [rowId, mediaId]),
        [[google, 'google']],
      );
      assert.deepEqual(writer.marks.flagCandidates('archived', 1, 2, 0), [google]);
    }));

  it('an item with copies of several sources is asked for by Google’s id, also while another copy is shown', () =>
    withForeign(({ writer }) => {
      writer.transaction(() => {
        for (const { name, prefix } of OTHERS)
          writer.items.put([photo(`${prefix}twin`, NOON, { filename: 'google.jpg' })], 0, name);
      });
      assert.deepEqual(
        writer.marks.unmarked(4).map(({ mediaId }) => mediaId),
        ['google'],
      );
      const [{ name, prefix } = assert.fail()] = OTHERS;
      const [row] = writer.transaction(() => {
        const { rowIds } = writer.items.put([photo('first', '2019-01-01T00:00:00Z')], 0);
        writer.items.put([photo(`${prefix}first`, '2019-01-01T00:00:00Z', { filename: 'first.jpg' })], 0, name);
        writer.items.markGone(rowIds);
        return writer.items.put([photo('second', '2019-01-01T00:00:00Z', { filename: 'first.jpg' })], 0).rowIds;
      });
      const ofRow = writer.marks.unmarked(4).filter(({ rowId }) => rowId === row);
      assert.deepEqual(
        ofRow.map(({ mediaId }) => mediaId),
        ['second'],
        'not by an id that is gone',
      );
    }));

  it('albums of other sources are not read from Google, not missed by a pass, and not counted as Google’s', () =>
    withForeign(({ writer, albums }) => {
      assert.deepEqual(
        writer.albums.all().map(({ albumId }) => albumId),
        ['A'],
      );
      assert.deepEqual(
        writer.albums.changed().map(({ albumId }) => albumId),
        ['A'],
      );
      assert.deepEqual(
        writer.albums.unseen(7).map(({ albumId }) => albumId),
        ['A'],
      );
      for (const rowId of albums) assert.equal(writer.albums.byRow(rowId), undefined);
      assert.deepEqual(writer.albums.goneWithMembers(), []);
      const { items, sources, appAlbums } = writer.counts();
      assert.deepEqual([items, sources.app, appAlbums], [1 + 4 * OTHERS.length, 1, 1]);
    }));

  it('members that Google lists in an album and those of another source stay apart, in an album that only one lists too', () =>
    withForeign(({ writer, view, google, foreign, albums }) => {
      const [other = 0] = albums;
      const [own = 0] = foreign;
      const [{ name, prefix } = assert.fail()] = OTHERS;
      const listed = (): number[] =>
        view()
          .listItems({ by: 'album', albumRowId: other })
          .map(({ rowId }) => rowId);
      const before = listed();
      assert.equal(
        writer.transaction(() => setMembers(writer.albums, other, [google])),
        false,
        'Google does not list it',
      );
      assert.deepEqual([listed(), before.length], [before, 4]);
      writer.transaction(() => writer.albums.put([album(`${prefix}A`, `of ${name}`, 1)], 0));
      assert.equal(
        writer.transaction(() => setMembers(writer.albums, other, [own])),
        true,
        'Google lists one as well',
      );
      assert.equal(
        writer.transaction(() => setMembers(writer.albums, other, [own])),
        false,
      );
      assert.deepEqual(listed(), before);
      writer.transaction(() => setMembers(writer.albums, other, [], name));
      assert.deepEqual(listed(), [own]);
      writer.transaction(() => setMembers(writer.albums, other, before, name));
      writer.transaction(() => {
        writer.albums.markGone([other]);
      });
      assert.deepEqual(listed(), before);
    }));

  it('a large album that Google lists no more, and another source does, has its members of Google taken out later', () =>
    withForeign(({ writer, put, albums }) => {
      const [other = 0] = albums;
      const [{ name, prefix } = assert.fail()] = OTHERS;
      const many = put(...Array.from({ length: ROWS_A_TRANSACTION + 1 }, (_, index) => photo(`many${index}`, NOON)));
      writer.transaction(() => writer.albums.put([album(`${prefix}A`, `of ${name}`, 1)], 0));
      writer.transaction(() => setMembers(writer.albums, other, many));
      writer.transaction(() => {
        writer.albums.markGone([other]);
      });
      assert.deepEqual(writer.albums.goneWithMembers(), [other]);
      writer.transaction(() => {
        writer.albums.takeOut(other, many);
      });
      assert.deepEqual(writer.albums.goneWithMembers(), []);
    }));

  it('an item of another source keeps its size when it is described with other pixels, and an item of both has the page of Google', () =>
    withForeign(({ writer, view }) => {
      const item = (width: number, more: Partial<SourceItem> = {}): SourceItem =>
        photo('takeout:z', '2020-01-01T00:00:00Z', { width, filename: 'z.jpg', ...more });
      writer.transaction(() => writer.items.put([item(40, { size: 9 })], 0, 'takeout'));
      const [row = 0] = writer.transaction(() => writer.items.put([item(50)], 0, 'takeout').rowIds);
      const found = view().findItem({ by: 'all' }, 'z.jpg');
      assert.deepEqual([found?.rowId, found?.size], [row, 9]);
      const same = photo('zz', '2020-01-01T00:00:00Z', { width: 50, filename: 'z.jpg' });
      assert.deepEqual(
        writer.transaction(() => writer.items.put([same], 0).rowIds),
        [row],
      );
      assert.equal(view().details(row)?.productUrl, 'https://photos.google.com/lr/photo/zz');
    }));
});
