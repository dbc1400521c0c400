import fc from 'fast-check';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCatalogView } from '../../src/catalog/catalog-view.js';
import { openCatalogWriter, type CatalogWriter } from '../../src/catalog/catalog-writer.js';
import type { FileSystem } from '../../src/filesystem/file-system.js';
import type { MediaId, MediaItem } from '../../src/library/media-item.js';
import type { Shelf } from '../../src/library/shelf.js';
import { treeNames } from '../../src/sync/tree-names.js';
import { fileSystemOver, MemoryContent } from '../behaviour/memory-world.js';
import type { MountSpec } from '../behaviour/world.js';
import { SEED, SEED_NOTE, share } from '../support/chance.js';
import { album, photo, setMembers } from '../unit/catalog/catalog-fixture.js';
import { takeoutId, takeoutItem } from '../unit/catalog/takeout-rows.js';

const TIMES = [
  '2024-07-19T12:00:00Z',
  '2024-07-19T23:59:59Z',
  '2024-07-20T00:00:00Z',
  '2024-02-01T00:00:00Z',
  '2019-07-19T00:00:00Z',
  '1969-12-31T23:59:59.999Z',
];
const MOVING = { role: 'moving', belongsTo: takeoutId('t0'), mimeType: 'video/mp4' } as const;
const EDITED = { role: 'edited', belongsTo: takeoutId('t1') } as const;
const TITLES = ['Rome', 'Trips/Oslo', 'trips/Rome', 'Trips', 'Trips/Oslo/Day 1', '', 'p1.jpg', 'Rome/p1.jpg', 'a//b'];
const ITEMS = 5;
const ALBUMS = 4;

type Command =
  | {
      readonly do: 'put';
      readonly item: number;
      readonly time: number;
      readonly video: boolean;
      readonly camera: number;
    }
  | {
      readonly do: 'gone' | 'archived' | 'favorite' | 'describe' | 'measure';
      readonly item: number;
      readonly on: boolean;
    }
  | { readonly do: 'title'; readonly album: number; readonly title: number }
  | { readonly do: 'album-gone'; readonly album: number }
  | { readonly do: 'members'; readonly album: number; readonly items: readonly number[] }
  | {
      readonly do: 'takeout';
      readonly item: number;
      readonly time: number;
      readonly shelf: Shelf;
      readonly favorite: boolean;
      readonly people: readonly string[];
    }
  | { readonly do: 'takeout-gone'; readonly item: number }
  | { readonly do: 'takeout-album'; readonly album: number; readonly items: readonly number[] }
  | { readonly do: 'takeout-album-gone'; readonly album: number }
  | { readonly do: 'restart' };

const item = fc.nat({ max: ITEMS - 1 });
const anAlbum = fc.nat({ max: ALBUMS - 1 });
const takeoutCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('takeout' as const),
      item,
      time: fc.nat({ max: 2 }),
      shelf: fc.constantFrom<Shelf>('shown', 'archived', 'trashed', 'locked'),
      favorite: fc.boolean(),
      people: fc.subarray(['Anna', 'Otto']),
    }),
  },
  fc.record({ do: fc.constant('takeout-gone' as const), item }),
  fc.record({
    do: fc.constant('takeout-album' as const),
    album: fc.nat({ max: 1 }),
    items: fc.subarray(Array.from({ length: ITEMS }, (_, index) => index)),
  }),
  fc.record({ do: fc.constant('takeout-album-gone' as const), album: fc.nat({ max: 1 }) }),
);
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant('put' as const),
    item,
    time: fc.nat({ max: TIMES.length - 1 }),
    video: fc.boolean(),
    camera: fc.nat({ max: 2 }),
  }),
  fc.record({
    do: fc.constantFrom(
      'gone' as const,
      'archived' as const,
      'favorite' as const,
      'describe' as const,
      'measure' as const,
    ),
    item,
    on: fc.boolean(),
  }),
  fc.record({ do: fc.constant('title' as const), album: anAlbum, title: fc.nat({ max: TITLES.length - 1 }) }),
  fc.record({ do: fc.constant('album-gone' as const), album: anAlbum }),
  fc.record({
    do: fc.constant('members' as const),
    album: anAlbum,
    items: fc.shuffledSubarray(Array.from({ length: ITEMS }, (_, index) => index)),
  }),
  { weight: 3, arbitrary: takeoutCommand },
  fc.constant({ do: 'restart' as const }),
);

/** A catalog that is changed as syncing does it, with the names that the rows of its pool have. */
class Playground {
  readonly #rows = new Map<number, number>();
  readonly #latest = new Map<number, MediaItem>();

  constructor(public catalog: CatalogWriter) {}

  play(command: Command): void {
    this.catalog.transaction(() => this.#play(command));
  }

  #play(command: Command): void {
    const { items, albums, sizes } = this.catalog;
    switch (command.do) {
      case 'put': {
        const { time, video, camera } = command;
        this.#put(command.item, {
          ...photo(`p${command.item}`, TIMES[time] ?? ''),
          ...(video ? { kind: 'video', mimeType: 'video/mp4', videoStatus: 'READY' } : {}),
          ...(camera === 0 ? {} : { cameraMake: 'ACME', cameraModel: `M${camera}` }),
        });
        return;
      }
      case 'describe': {
        const latest = this.#latest.get(command.item);
        if (latest !== undefined) this.#put(command.item, { ...latest, description: `words ${command.on}` });
        return;
      }
      case 'gone':
        items.markGone(this.#row(command.item));
        return;
      case 'archived':
      case 'favorite':
        items.setFlag(command.do, command.on ? 1 : 0, this.#row(command.item));
        return;
      case 'measure':
        sizes.put([{ mediaId: `p${command.item}` as MediaId, size: command.on ? 7 : 8, etag: `${command.on}` }]);
        return;
      case 'title':
        albums.put([album(`A${command.album}`, TITLES[command.title] ?? '')], 0);
        return;
      case 'album-gone':
        albums.markGone(this.#album(command.album));
        return;
      case 'members': {
        const [rowId] = this.#album(command.album);
        const rows = command.items.flatMap((one) => this.#row(one));
        if (rowId !== undefined) setMembers(albums, rowId, rows);
        return;
      }
      case 'takeout':
      case 'takeout-gone':
      case 'takeout-album':
      case 'takeout-album-gone':
        this.#takeout(command);
        return;
      case 'restart':
    }
  }

  /** Item 0 may join one of Google, item 3 is the moving part of item 0, item 4 an edited version of item 1. */
  #takeout(command: Extract<Command, { do: `takeout${string}` }>): void {
    const { takeout } = this.catalog;
    switch (command.do) {
      case 'takeout': {
        const { item, time, shelf, favorite, people } = command;
        const more = [{ filename: 'p0.jpg' }, {}, {}, MOVING, EDITED][item];
        takeout.put([takeoutItem(`t${item}`, { shelf, favorite, people, ...more }, TIMES[time])]);
        return;
      }
      case 'takeout-gone':
        takeout.remove([takeoutId(`t${command.item}`)]);
        return;
      case 'takeout-album': {
        const members = command.items.map((one) => takeoutId(`t${one}`));
        takeout.putAlbum(album(`takeout:A${command.album}`, TITLES[command.album] ?? ''), members);
        return;
      }
      case 'takeout-album-gone':
        takeout.removeAlbums([album(`takeout:A${command.album}`, '').id]);
    }
  }

  #put(key: number, media: MediaItem): void {
    this.#latest.set(key, media);
    const [rowId] = this.catalog.items.put([media], 0).rowIds;
    if (rowId !== undefined) this.#rows.set(key, rowId);
  }

  #row(key: number): number[] {
    const rowId = this.#rows.get(key);
    return rowId === undefined ? [] : [rowId];
  }

  #album(key: number): number[] {
    return this.catalog.albums.all().flatMap(({ rowId, albumId }) => (albumId === `A${key}` ? [rowId] : []));
  }
}

interface Seen {
  readonly path: string;
  readonly names: string;
  readonly time: number;
}

/** Every folder by its inode: an album may get another name, and a folder may be taken by another. */
async function foldersOf(files: FileSystem): Promise<Map<number, Seen>> {
  const seen = new Map<number, Seen>();
  const walk = async (path: string): Promise<void> => {
    const entries = await files.readdir(path === '' ? '/' : path);
    const { inode, mtime, ctime } = await files.getattr(path === '' ? '/' : path);
    assert.equal(mtime, ctime, path);
    const names = entries.map(({ name }) => name).sort();
    seen.set(inode, { path, names: names.join('|'), time: mtime });
    for (const { name, kind } of entries) if (kind === 'directory') await walk(`${path}/${name}`);
  };
  await walk('');
  return seen;
}

const MOUNTS: readonly (MountSpec & { readonly showArchived: boolean })[] = [
  { showArchived: false, nestedAlbums: false },
  { showArchived: true, nestedAlbums: false },
  { showArchived: false, nestedAlbums: true },
  { showArchived: true, nestedAlbums: true },
  { showArchived: false, showTrashed: true, showLocked: true },
];

async function agree(commands: readonly Command[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'folder-times-'));
  const file = join(folder, 'catalog.db');
  let time = 1_750_000_000_000;
  const now = (): number => ++time;
  const playground = new Playground(openCatalogWriter(file, { names: treeNames, now }));
  const views = MOUNTS.map((mount) => openCatalogView(file, mount));
  const mounts = MOUNTS.map((mount, index) => {
    const view = views[index];
    assert.ok(view);
    return fileSystemOver(view, new MemoryContent({}), [], mount);
  });
  try {
    let before = await Promise.all(mounts.map(foldersOf));
    for (const one of commands) {
      if (one.do === 'restart') {
        playground.catalog.close();
        playground.catalog = openCatalogWriter(file, { names: treeNames, now });
      } else playground.play(one);
      const after = await Promise.all(mounts.map(foldersOf));
      after.forEach((folders, index) => {
        for (const [inode, { path, names, time }] of folders) {
          const old = before[index]?.get(inode);
          if (old === undefined) continue;
          const what = `${JSON.stringify(MOUNTS[index])} ${path}: ${old.names} -> ${names} by ${JSON.stringify(one)}`;
          assert.equal(time !== old.time, names !== old.names, what);
        }
      });
      before = after;
    }
  } finally {
    for (const view of views) view.close();
    playground.catalog.close();
    rmSync(folder, { recursive: true });
  }
}

const RUNS = share(500);

describe('times of folders', () => {
  it(`times of folders move whenever the names in a folder change, in every view, and never otherwise (${RUNS} sequences, ${SEED_NOTE})`, async () => {
    await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 25 }), agree), {
      seed: SEED,
      numRuns: RUNS,
      includeErrorInReport: true,
    });
  });
});
