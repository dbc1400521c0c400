import { piecesOf, sameTitled, wrongPieces } from './album-pieces.js';
import { shownName, type Truth, type TruthAlbum, type TruthItem } from './builder/truth.js';
import { TreeScan, unmarked, type SeenFile, type SeenTree } from './tree-scan.js';

export interface TruthCheckOptions {
  /** What the mount was told to show. Default: nothing of it. */
  readonly showTrashed?: boolean;
  readonly showLocked?: boolean;
  readonly showArchived?: boolean;
  /** The mount shows items of other sources as well: files, albums and people that the truth does not name are no differences. */
  readonly hasOthers?: boolean;
  /** Reads extended attributes: names without `user.gphotos.`. Left out: they are not compared. */
  readonly xattrs?: (path: string) => Promise<Readonly<Record<string, string>>>;
}

/**
 * Compares a tree (a mountpoint, or one that is not mounted) in time zone UTC with the truth of an export: names, bytes, sizes, times, albums, people, favourites,
 * archive, trash, locked folder. Returns each difference as a sentence; none means that they agree. Items whose place the archive
 * does not decide (`unsure`) must be in the tree with their bytes, somewhere. A file that cannot be read is a difference too.
 */
export async function differencesFromTruth(
  tree: string | SeenTree,
  truth: Truth,
  options: TruthCheckOptions = {},
): Promise<string[]> {
  return new TruthCheck(typeof tree === 'string' ? new TreeScan(tree) : tree, truth, options).run();
}

class TruthCheck {
  readonly #scan: SeenTree;
  readonly #items: readonly TruthItem[];
  readonly #truth: Truth;
  readonly #options: TruthCheckOptions;
  readonly #found: string[] = [];
  /** Items that were seen in any view. */
  readonly #seen = new Set<TruthItem>();

  constructor(tree: SeenTree, truth: Truth, options: TruthCheckOptions) {
    this.#scan = tree;
    this.#truth = truth;
    this.#items = truth.items;
    this.#options = options;
  }

  async run(): Promise<string[]> {
    const { showArchived = false, showTrashed = false, showLocked = false } = this.#options;
    const shown = this.#items.filter(isPublic);
    const inMedia = shown.filter(({ archived }) => showArchived || !archived);
    await this.#view('media/all', inMedia, true);
    await this.#view(
      'media/photos',
      inMedia.filter((item) => !isVideo(item)),
    );
    await this.#view('media/videos', inMedia.filter(isVideo));
    await this.#view(
      'media/not-in-album',
      inMedia.filter(({ albums }) => albums.length === 0),
    );
    await this.#years(inMedia);
    await this.#view(
      'feature/favorites',
      inMedia.filter(({ favorite }) => favorite),
    );
    await this.#view(
      'feature/archive',
      shown.filter(({ archived }) => archived),
      true,
    );
    await this.#hidden(
      'feature/trash',
      this.#items.filter(({ trashed, locked }) => trashed && !locked),
      showTrashed,
    );
    await this.#hidden(
      'feature/locked',
      this.#items.filter(({ locked }) => locked),
      showLocked,
    );
    await this.#albums(shown);
    await this.#people(shown);
    for (const item of this.#items)
      if (item.unsure && isPublic(item) && !this.#seen.has(item))
        this.#found.push(`${describe(item)} is in no view, though it must be somewhere.`);
    return this.#found;
  }

  async #view(folder: string, expected: readonly TruthItem[], withXattrs = false): Promise<void> {
    const files = await this.#scan.files(folder);
    const pairs = this.#pair(files, expected);
    for (const [file, item] of pairs) {
      this.#seen.add(item);
      if (item.unsure) continue;
      this.#compare(folder, file, item);
      if (withXattrs) await this.#compareXattrs(folder, file, item);
    }
    const paired = new Set(pairs.map(([file]) => file));
    for (const file of files)
      if (file.error !== undefined) this.#found.push(`${folder}: ${file.name} cannot be read (${file.error}).`);
      else if (!paired.has(file)) this.#strange(folder, file);
    const there = new Set(pairs.map(([, item]) => item));
    for (const item of expected)
      if (!there.has(item) && !item.unsure) this.#found.push(`${folder}: ${describe(item)} is missing.`);
  }

  /** Files and items of the same bytes; among several of them first those with the right name, then by time. */
  #pair(files: readonly SeenFile[], expected: readonly TruthItem[]): [SeenFile, TruthItem][] {
    const left = new Map<string, TruthItem[]>();
    for (const item of expected) left.set(item.sha256, [...(left.get(item.sha256) ?? []), item]);
    return files.flatMap((file): [SeenFile, TruthItem][] => {
      const candidates = left.get(file.sha256) ?? [];
      const rank = (item: TruthItem): number =>
        (unmarked(file.name) === item.name ? 2 : 0) + (isTimeRight(file.mtimeMs, item) ? 1 : 0);
      const [best] = [...candidates].sort((a, b) => rank(b) - rank(a));
      if (best === undefined) return [];
      candidates.splice(candidates.indexOf(best), 1);
      return [[file, best]];
    });
  }

  #strange(folder: string, file: SeenFile): void {
    const items = this.#items.filter(({ sha256 }) => sha256 === file.sha256);
    for (const item of items.filter(({ unsure }) => unsure)) this.#seen.add(item);
    const isUnsure = items.some(({ unsure }) => unsure);
    // People are no folder of media or feature: whether archived items stand there is left open.
    const isArchived = folder.startsWith('people/') && items.some(({ archived }) => archived);
    if (isUnsure || isArchived || (items.length === 0 && this.#options.hasOthers === true)) return;
    const [item] = items;
    const what =
      item === undefined ? 'has bytes that no photograph has' : `is ${describe(item)}, which does not belong there`;
    this.#found.push(`${folder}: ${file.name} ${what}.`);
  }

  #compare(folder: string, file: SeenFile, item: TruthItem): void {
    const name = unmarked(file.name);
    if (name !== item.name) this.#found.push(`${folder}: ${describe(item)} is named ${file.name}.`);
    if (file.size !== item.size)
      this.#found.push(`${folder}: ${describe(item)} has ${file.size} bytes, not ${item.size}.`);
    if (!isTimeRight(file.mtimeMs, item))
      this.#found.push(
        `${folder}: ${describe(item)} has the time ${isoOf(file.mtimeMs)}, not ${isoOf(item.takenMs)} (${item.timeSource}).`,
      );
  }

  async #compareXattrs(folder: string, { path }: SeenFile, item: TruthItem): Promise<void> {
    const has = await this.#options.xattrs?.(path);
    if (has === undefined) return;
    const numbers = {
      latitude: item.place?.latitude,
      longitude: item.place?.longitude,
      altitude: item.place?.altitude,
    };
    const texts = {
      favorite: item.favorite ? '1' : undefined,
      source: 'takeout',
      description: item.description === '' ? undefined : item.description,
      edited_of: item.editedOf,
    };
    const differs = (key: string, value: string | number | undefined): void => {
      this.#found.push(`${folder}: ${describe(item)} has ${key} ${has[key] ?? '(none)'}, not ${value ?? '(none)'}.`);
    };
    for (const [key, value] of Object.entries(numbers))
      if ((has[key] === undefined ? undefined : Number(has[key])) !== value) differs(key, value);
    for (const [key, value] of Object.entries(texts)) {
      const seen = has[key];
      const same = key === 'edited_of' && seen !== undefined ? unmarked(seen) === value : seen === value;
      if (!same) differs(key, value);
    }
    const people = JSON.parse(has['people'] ?? '[]') as string[];
    if ([...people].sort().join('\0') !== [...item.people].sort().join('\0'))
      differs('people', JSON.stringify(item.people));
  }

  async #hidden(folder: string, items: readonly TruthItem[], isShown: boolean): Promise<void> {
    if (isShown) {
      await this.#view(folder, items, true);
      return;
    }
    if ((await this.#scan.names(folder)) !== undefined) this.#found.push(`${folder} is there, but was not asked for.`);
  }

  async #years(items: readonly TruthItem[]): Promise<void> {
    const years = new Map<string, TruthItem[]>();
    for (const item of items) {
      const year = String(new Date(item.takenMs).getUTCFullYear());
      years.set(year, [...(years.get(year) ?? []), item]);
    }
    for (const year of (await this.#scan.names('media/by-year')) ?? [])
      if (!years.has(year)) await this.#view(`media/by-year/${year}`, []);
    for (const [year, members] of years) await this.#view(`media/by-year/${year}`, members);
  }

  async #albums(shown: readonly TruthItem[]): Promise<void> {
    const free = new Set((await this.#scan.names('album')) ?? []);
    const [alone, groups] = sameTitled(this.#truth.albums);
    for (const group of groups) await this.#pieces(group, shown, free);
    for (const { key, title, folder } of alone) {
      const members = shown.filter(({ albums }) => albums.includes(key));
      const isEmpty = !this.#items.some(({ albums }) => albums.includes(key));
      // An album that has hidden items only makes no folder.
      if (members.length === 0 && !isEmpty) continue;
      const names = title === '' ? [shownName(folder), 'Untitled album'] : [shownName(title)];
      const candidates = [...free].filter((name) => names.includes(unmarked(name)));
      const best = await this.#likest(candidates, members);
      if (best === undefined) {
        this.#found.push(`album: there is no folder ${names.join(' or ')} for the album ${key}.`);
        continue;
      }
      free.delete(best);
      await this.#view(`album/${best}`, members);
    }
    if (this.#options.hasOthers !== true)
      for (const name of free) this.#found.push(`album/${name} is there, and no such album is in the library.`);
  }

  /** Albums of which only shared items show which folders of several exports are one. */
  async #pieces(group: readonly TruthAlbum[], shown: readonly TruthItem[], free: Set<string>): Promise<void> {
    const { names, pieces } = piecesOf(group);
    const certain = new Set(shown.filter(({ unsure }) => !unsure).map(({ sha256 }) => sha256));
    const folders = [...free].filter((name) => names.has(unmarked(name)));
    const contents: { readonly name: string; readonly items: ReadonlySet<string> }[] = [];
    for (const name of folders) {
      const files = await this.#scan.files(`album/${name}`);
      contents.push({ name, items: new Set(files.map(({ sha256 }) => sha256).filter((sha) => certain.has(sha))) });
      const there = new Set(files.map(({ sha256 }) => sha256));
      await this.#view(
        `album/${name}`,
        shown.filter(
          (item) => there.has(item.sha256) && item.albums.some((key) => group.some((one) => one.key === key)),
        ),
      );
      free.delete(name);
    }
    const title = [...names].join(' or ');
    for (const wrong of wrongPieces(pieces, contents, certain)) this.#found.push(`album: ${title}: ${wrong}`);
  }

  /** Of albums with one title: the folder that has most of an album's bytes, and fewest others. */
  async #likest(folders: readonly string[], members: readonly TruthItem[]): Promise<string | undefined> {
    const wanted = new Set(members.map(({ sha256 }) => sha256));
    let best: string | undefined;
    let most = -Infinity;
    for (const folder of folders) {
      const files = folders.length === 1 ? [] : await this.#scan.files(`album/${folder}`);
      const right = files.filter(({ sha256 }) => wanted.has(sha256)).length;
      const rank = 2 * right - files.length;
      if (rank <= most) continue;
      most = rank;
      best = folder;
    }
    return best;
  }

  async #people(shown: readonly TruthItem[]): Promise<void> {
    const names = new Set(shown.flatMap(({ people, archived, unsure }) => (archived || unsure ? [] : people)));
    const all = new Set([...names, ...shown.flatMap(({ people }) => people)].map(shownName));
    for (const folder of (await this.#scan.names('people')) ?? [])
      if (!all.has(unmarked(folder)) && this.#options.hasOthers !== true)
        this.#found.push(`people/${folder} is there, and nobody in the library has that name.`);
    for (const name of names)
      await this.#view(
        `people/${shownName(name)}`,
        shown.filter(({ people, archived }) => people.includes(name) && !archived),
      );
  }
}

function isPublic({ trashed, locked }: TruthItem): boolean {
  return !trashed && !locked;
}

/** A moving part stands where its still is. */
function isVideo({ role, name }: TruthItem): boolean {
  return role !== 'moving' && /\.(?:mp4|mov)$/i.test(name);
}

function isTimeRight(mtimeMs: number, { takenMs, timeSource }: TruthItem): boolean {
  // The kernel shows no time before 1970.
  const [seen, wanted] = [new Date(mtimeMs).toISOString(), new Date(Math.max(0, takenMs)).toISOString()];
  const length = timeSource === 'year' ? 4 : timeSource === 'day' ? 10 : 19;
  return seen.slice(0, length) === wanted.slice(0, length);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function describe({ name, role, key }: TruthItem): string {
  return role === 'original' ? `${name} (${key})` : `${name} (${role} of ${key})`;
}
