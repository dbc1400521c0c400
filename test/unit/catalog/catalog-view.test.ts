import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ItemSelection } from '../../../src/library/item-selection.js';
import type { AlbumId } from '../../../src/library/album.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { album, photo, withCatalog, type Fixture, setMembers } from './catalog-fixture.js';

const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);

/** Five items: a favourite, an archived one, a video, a gone one; the album holds `old`, `hidden` and `gone`, in that order. */
function seed({ writer, put }: Fixture): { albumRowId: number; rows: number[] } {
  const rows = put(
    photo('new', '2024-07-19T12:00:00Z', { cameraMake: 'Canon', cameraModel: 'R5' }),
    photo('clip', '2024-07-18T12:00:00Z', { kind: 'video', mimeType: 'video/mp4', videoStatus: 'READY' }),
    photo('hidden', '2023-12-31T23:59:59Z', { cameraMake: 'Nikon', cameraModel: 'Z8' }),
    photo('old', '1969-07-20T20:17:40Z'),
    photo('gone', '2025-01-01T00:00:00Z'),
  );
  const [recent = 0, , hidden = 0, old = 0, gone = 0] = rows;
  return writer.transaction(() => {
    writer.albums.put([album('A', 'Trip', 3)], 0);
    const albumRowId = writer.albums.all()[0]?.rowId ?? 0;
    setMembers(writer.albums, albumRowId, [old, hidden, gone]);
    writer.items.markGone([gone]);
    writer.items.setFlag('archived', 1, [hidden]);
    writer.items.setFlag('favorite', 1, [recent, hidden]);
    return { albumRowId, rows };
  });
}

describe('the catalog as directories read it', () => {
  it('the catalog for readers lists every selection newest first, without archived and gone items', () =>
    withCatalog((fixture) => {
      const { albumRowId } = seed(fixture);
      const view = fixture.view();
      const list = (selection: ItemSelection): string[] => names(view.listItems(selection));
      assert.deepEqual(list({ by: 'all' }), ['new.jpg', 'clip.jpg', 'old.jpg']);
      assert.deepEqual(list({ by: 'kind', kind: 'video' }), ['clip.jpg']);
      assert.deepEqual(list({ by: 'kind', kind: 'photo' }), ['new.jpg', 'old.jpg']);
      assert.deepEqual(list({ by: 'favorite' }), ['new.jpg']);
      assert.deepEqual(list({ by: 'not-in-album' }), ['new.jpg', 'clip.jpg']);
      assert.deepEqual(list({ by: 'date', year: 2024, month: 7, day: 18 }), ['clip.jpg']);
      assert.deepEqual(list({ by: 'camera', cameraRowId: view.cameraByName('Canon R5')?.rowId ?? 0 }), ['new.jpg']);
      assert.deepEqual(list({ by: 'album', albumRowId }), ['old.jpg', 'hidden.jpg'], 'album order, archived shown');
    }));

  it('the catalog for readers shows archived items everywhere with showArchived', () =>
    withCatalog((fixture) => {
      seed(fixture);
      const view = fixture.view(true);
      assert.deepEqual(names(view.listItems({ by: 'all' })), ['new.jpg', 'clip.jpg', 'hidden.jpg', 'old.jpg']);
      assert.deepEqual(names(view.listItems({ by: 'favorite' })), ['new.jpg', 'hidden.jpg']);
      assert.deepEqual(view.years(), [2024, 2023, 1969]);
      assert.deepEqual(names(view.cameras()), ['Canon R5', 'Nikon Z8']);
    }));

  it('the catalog for readers finds an item by its exact name only where the selection holds it', () =>
    withCatalog((fixture) => {
      const { albumRowId, rows } = seed(fixture);
      const view = fixture.view();
      assert.deepEqual(view.findItem({ by: 'all' }, 'clip.jpg'), {
        rowId: rows[1],
        mediaId: 'clip' as MediaId,
        name: 'clip.jpg',
        kind: 'video',
        mimeType: 'video/mp4',
        creationTime: Date.UTC(2024, 6, 18, 12),
        mtime: Date.UTC(2024, 6, 18, 12),
        ctime: Date.UTC(2024, 6, 18, 12),
        size: null,
        videoStatus: 'READY',
        albumCount: 0,
        favorite: false,
        cameraRowId: null,
        shelf: 'shown',
        peopleCount: 0,
        inode: null,
        source: 'app',
      });
      assert.equal(view.findItem({ by: 'all' }, 'CLIP.jpg'), undefined);
      assert.equal(view.findItem({ by: 'all' }, 'gone.jpg'), undefined);
      assert.equal(view.findItem({ by: 'all' }, 'hidden.jpg'), undefined);
      assert.equal(view.findItem({ by: 'album', albumRowId }, 'hidden.jpg')?.shelf, 'archived');
      assert.equal(view.findItem({ by: 'album', albumRowId }, 'new.jpg'), undefined);
      assert.equal(view.findItem({ by: 'not-in-album' }, 'old.jpg'), undefined);
      assert.equal(view.findItem({ by: 'kind', kind: 'photo' }, 'clip.jpg'), undefined);
      assert.equal(view.findItem({ by: 'date', year: 1970, month: 1, day: 1 }, 'clip.jpg'), undefined);
    }));

  it('the catalog for readers finds what follows an item, by name and in the order of the listing, in the selection only', () =>
    withCatalog((fixture) => {
      const { albumRowId } = seed(fixture);
      fixture.put(photo('twin1', '2024-07-19T12:00:00Z'), photo('twin2', '2024-07-19T12:00:00Z'));
      const view = fixture.view();
      const after = (selection: ItemSelection, id: string, order: 'name' | 'listing', limit = 9): string[] =>
        names(view.following(selection, id as MediaId, order, limit));
      assert.deepEqual(after({ by: 'all' }, 'clip', 'name'), ['new.jpg', 'old.jpg', 'twin1.jpg', 'twin2.jpg']);
      assert.deepEqual(after({ by: 'all' }, 'clip', 'name', 2), ['new.jpg', 'old.jpg']);
      assert.deepEqual(after({ by: 'kind', kind: 'photo' }, 'clip', 'name', 1), ['new.jpg']);
      const listed = names(view.listItems({ by: 'all' }));
      assert.deepEqual(after({ by: 'all' }, 'new', 'listing'), listed.slice(1), 'as the listing goes on');
      assert.deepEqual(after({ by: 'all' }, 'twin1', 'listing', 2), listed.slice(2, 4));
      assert.deepEqual(after({ by: 'album', albumRowId }, 'old', 'listing'), ['hidden.jpg']);
      assert.deepEqual(after({ by: 'album', albumRowId }, 'hidden', 'name'), ['old.jpg']);
      assert.deepEqual(after({ by: 'all' }, 'old', 'listing'), []);
      assert.deepEqual(after({ by: 'all' }, 'nobody', 'name'), []);
    }));

  it('the catalog for readers knows which selections hold items', () =>
    withCatalog((fixture) => {
      const { albumRowId } = seed(fixture);
      const view = fixture.view();
      assert.equal(view.hasItems({ by: 'album', albumRowId }), true);
      assert.equal(view.hasItems({ by: 'date', year: 2025, month: 0, day: 0 }), false);
      assert.equal(view.hasItems({ by: 'favorite' }), true);
      assert.equal(view.hasItems({ by: 'album', albumRowId: 99 }), false);
    }));

  it('the catalog for readers lists only the years, months and days that hold items, before 1970 too', () =>
    withCatalog((fixture) => {
      seed(fixture);
      const view = fixture.view();
      assert.deepEqual(view.years(), [2024, 1969], '2023 holds an archived item only');
      assert.deepEqual(view.months(2024), [7]);
      assert.deepEqual(view.days(2024, 7), [19, 18]);
      assert.deepEqual(view.days(1969, 7), [20]);
      assert.deepEqual(view.months(1999), []);
    }));

  it('the catalog for readers gives the details of an item, derived ones as Google writes them', () =>
    withCatalog(({ put, view }) => {
      const [usual = 0, odd = 0] = put(
        photo('usual', '2024-07-19T12:00:00Z', { cameraMake: 'Canon', cameraModel: 'R5' }),
        photo('odd', '2024-07-19T12:00:00.120Z', { productUrl: 'https://elsewhere/', description: 'Ünï' }),
      );
      const opened = view();
      assert.deepEqual(opened.details(usual), {
        creationTimeText: '2024-07-19T12:00:00Z',
        description: '',
        productUrl: 'https://photos.google.com/lr/photo/usual',
        width: 4000,
        height: 3000,
        camera: 'Canon R5',
        favorite: false,
        people: [],
        ...{ latitude: null, longitude: null, altitude: null, editedOf: null, pickedAt: null },
      });
      assert.equal(opened.details(odd)?.creationTimeText, '2024-07-19T12:00:00.120Z');
      assert.equal(opened.details(odd)?.productUrl, 'https://elsewhere/');
      assert.equal(opened.details(12345), undefined);
    }));

  it('the catalog for readers counts items, albums, unmeasured items and bytes as they change', () =>
    withCatalog((fixture) => {
      const { rows } = seed(fixture);
      const view = fixture.view();
      const counts = (): unknown => {
        const { items, albums, unmeasured, bytes, sources, appAlbums } = view.counts();
        assert.deepEqual([sources.app, appAlbums], [items, albums], 'all of them are of Google');
        return { items, albums, unmeasured, bytes };
      };
      assert.deepEqual(counts(), { items: 4, albums: 1, unmeasured: 4, bytes: 0 });
      const { writer } = fixture;
      writer.transaction(() =>
        writer.sizes.put([
          { mediaId: 'new' as MediaId, size: 70 },
          { mediaId: 'old' as MediaId, size: 7 },
        ]),
      );
      assert.deepEqual(counts(), { items: 4, albums: 1, unmeasured: 2, bytes: 77 });
      writer.transaction(() => writer.items.markGone([rows[0] ?? 0]));
      assert.deepEqual(counts(), { items: 3, albums: 1, unmeasured: 2, bytes: 7 });
    }));

  it('the catalog for readers lists unmeasured items of a selection, newest first and no more than asked for', () =>
    withCatalog((fixture) => {
      const { albumRowId } = seed(fixture);
      const view = fixture.view();
      assert.deepEqual(names(view.unmeasured({ by: 'all' }, 2)), ['new.jpg', 'clip.jpg']);
      assert.deepEqual(names(view.unmeasured({ by: 'album', albumRowId }, 9)), ['hidden.jpg', 'old.jpg']);
      fixture.writer.transaction(() => fixture.writer.sizes.put([{ mediaId: 'new' as MediaId, size: 1 }]));
      assert.deepEqual(names(view.unmeasured({ by: 'kind', kind: 'photo' }, 9)), ['old.jpg']);
    }));

  it('the catalog for readers finds albums by name and by id, and none that is gone', () =>
    withCatalog((fixture) => {
      const { albumRowId } = seed(fixture);
      const view = fixture.view();
      assert.deepEqual(view.albumByName('Trip'), {
        rowId: albumRowId,
        albumId: 'A' as AlbumId,
        name: 'Trip',
        title: 'Trip',
      });
      assert.deepEqual(view.albumById('A' as AlbumId), view.albumByName('Trip'));
      assert.deepEqual(view.albumByRowId(view.albumByName('Trip')?.rowId ?? 0), view.albumByName('Trip'));
      assert.equal(view.albumByRowId(4711), undefined);
      assert.deepEqual(names(view.albums()), ['Trip']);
      fixture.writer.transaction(() => fixture.writer.albums.markGone([albumRowId]));
      assert.equal(view.albumByName('Trip'), undefined);
      assert.deepEqual(view.albums(), []);
    }));

  it('the catalog for readers shows another revision after every commit, and the same one between', () =>
    withCatalog(({ put, view }) => {
      const opened = view();
      const before = opened.revision();
      assert.equal(opened.revision(), before);
      put(photo('a', '2024-01-01T00:00:00Z'));
      assert.notEqual(opened.revision(), before);
    }));
});
