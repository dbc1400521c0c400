import { LANGUAGES } from './languages.js';
import type { Photo } from './library.js';
import { editedName, FolderNames, LONGEST_NAME, mediaName, movingName, sidecarName, splitExtension } from './names.js';
import type { PlannedFile, PlanOptions } from './planned-file.js';

/** Above this a still's stem and that of its moving part may be cut at different places. */
const SURE_STEM = 45;

/**
 * The files of one folder. Counters are given in this order: all originals by title, then edited versions, then moving parts, so
 * that an edited version whose suffix is cut away whole follows its original.
 */
export class FolderPlan {
  readonly files: PlannedFile[] = [];
  readonly #path: string;
  readonly #options: Pick<PlanOptions, 'language' | 'style'>;
  readonly #names = new FolderNames();
  readonly #used = new Set<string>();
  /** Keys of photographs whose sidecar alone lies here and may be taken for that of another. */
  readonly #unsureNamed = new Set<string>();

  constructor(path: string, options: Pick<PlanOptions, 'language' | 'style'>) {
    this.#path = path;
    this.#options = options;
  }

  /** `named`: photographs of which only the sidecar will lie here. */
  addPhotos(photos: readonly Photo[], textOf: (photo: Photo) => string, named: readonly Photo[] = []): void {
    const sorted = [...photos].sort((a, b) => order(a.title.toLowerCase(), b.title.toLowerCase()));
    const unsure = this.#undecidable(sorted, named);
    for (const { key } of named) if (unsure.has(key)) this.#unsureNamed.add(key);
    for (const photo of sorted)
      this.add('original', this.#take(mediaName(photo.title, photo.kind)), photo.bytes, photo, unsure.has(photo.key));
    for (const photo of sorted) this.addSidecarOf(photo, textOf(photo), unsure.has(photo.key));
    const { edited } = LANGUAGES[this.#options.language];
    for (const photo of sorted)
      if (photo.edited !== undefined)
        this.add(
          'edited',
          this.#take(editedName(photo.title, photo.kind, edited)),
          photo.edited,
          photo,
          unsure.has(photo.key) || this.#isEditUnsure(photo, sorted, named),
        );
    for (const photo of sorted)
      if (photo.moving !== undefined)
        this.add(
          'moving',
          this.#take(movingName(photo.title, photo.moving.extension)),
          photo.moving.bytes,
          photo,
          unsure.has(photo.key) || isMovingUnsure(photo, sorted),
        );
  }

  /** A photograph without a sidecar keeps its number: the counters of the others do not close up. */
  addSidecarOf(photo: Photo, text: string, unsure: boolean): void {
    const name = this.#names.take(sidecarName(photo.title, this.#options.style));
    if (photo.sidecar !== 'none')
      this.files.push({ ...this.#file('sidecar', name, Buffer.from(text)), photo: photo.key, use: 'matched', unsure });
  }

  /** A sidecar without media, of a photograph (`of`) or of none. */
  addSidecar(title: string, text: string, use: 'membership' | 'orphan', of?: Photo): void {
    const name = this.#names.take(sidecarName(title, this.#options.style));
    this.files.push({
      ...this.#file('sidecar', name, Buffer.from(text)),
      use,
      ...(of === undefined ? {} : { photo: of.key, unsure: this.#unsureNamed.has(of.key) || this.#isTaken(of) }),
    });
  }

  /** An edited version whose suffix is cut away has a counted name that this sidecar fits. */
  #isTaken(photo: Photo): boolean {
    const name = mediaName(photo.title, photo.kind);
    return this.files.some(
      ({ role, path }) => role === 'edited' && path.replace(/\(\d+\)(?=\.\w+$)/, '').endsWith(`/${name}`),
    );
  }

  add(role: PlannedFile['role'], name: string, bytes: Buffer, photo?: Photo, unsure = false): void {
    this.files.push({ ...this.#file(role, name, bytes), ...(photo === undefined ? {} : { photo: photo.key }), unsure });
  }

  #file(role: PlannedFile['role'], name: string, bytes: Buffer): PlannedFile {
    return { path: `${this.#path}/${name}`, role, bytes };
  }

  /** A title that looks like a counted name may have taken the name already. */
  #take(base: string): string {
    for (;;) {
      const name = this.#names.take(base);
      if (this.#used.has(name)) continue;
      this.#used.add(name);
      return name;
    }
  }

  /** Keys of photographs whose sidecar cannot be told from names, numbers and titles. */
  #undecidable(photos: readonly Photo[], named: readonly Photo[]): Set<string> {
    const media = groups(photos, (photo) => mediaName(photo.title, photo.kind));
    const sidecars = groups(photos, (photo) => sidecarName(photo.title, this.#options.style));
    const found = new Set<string>();
    const add = (group: readonly Photo[]): void => group.forEach(({ key }) => found.add(key));
    for (const [name, group] of media) {
      const others = named.filter((photo) => mediaName(photo.title, photo.kind) === name);
      // Counters of sidecars run apart.
      if (groups([...group, ...others], (photo) => sidecarName(photo.title, this.#options.style)).size > 1)
        add([...group, ...others]);
      // The title of one is the counted name of another, or of its sidecar.
      const numbers = Array.from({ length: group.length + others.length - 1 }, (_, index) => index + 1);
      const counted = numbers.flatMap((number) => media.get(withNumber(name, number)) ?? []);
      if (counted.length > 0) add([...group, ...counted, ...others]);
      // Without its sidecar a counted name of full length looks like an edited version whose suffix is cut away.
      if (group.length > 1 && name.length >= LONGEST_NAME) add(group.filter(({ sidecar }) => sidecar === 'none'));
    }
    for (const group of sidecars.values()) {
      const names = groups(group, (photo) => mediaName(photo.title, photo.kind));
      if (names.size === 1) continue;
      const titles = groups(group, ({ title }) => title);
      const areTitlesAlike = [...titles.values()].some(
        (alike) => new Set(alike.map((photo) => mediaName(photo.title, photo.kind))).size > 1,
      );
      if (areTitlesAlike || group.some(({ sidecar }) => sidecar === 'none')) add(group);
    }
    return found;
  }

  #isEditUnsure(photo: Photo, photos: readonly Photo[], named: readonly Photo[]): boolean {
    const { edited } = LANGUAGES[this.#options.language];
    const nameOf = (of: Photo): string => editedName(of.title, of.kind, edited);
    const name = nameOf(photo);
    const namesakes = photos.filter((other) => nameOf(other) === name);
    const isSuffixGone = photos.some((other) => mediaName(other.title, other.kind) === name);
    if (photo.sidecar === 'none') return true;
    // A counted name of full length with a sidecar of that number is no edited version to any reader.
    if (isSuffixGone && named.some((other) => mediaName(other.title, other.kind) === name)) return true;
    if (namesakes.length === 1) return isSuffixGone && mediaName(photo.title, photo.kind) !== name;
    const isComplete = namesakes.every((other) => other.edited !== undefined && other.sidecar !== 'none');
    const isOneName = new Set(namesakes.map((other) => mediaName(other.title, other.kind))).size === 1;
    return isSuffixGone || !isComplete || !isOneName;
  }
}

function isMovingUnsure(photo: Photo, photos: readonly Photo[]): boolean {
  const stem = stillStem(photo);
  if (photo.sidecar === 'none' || stem.length > SURE_STEM) return true;
  const stills = photos.filter((other) => !['mp4', 'mov'].includes(other.kind) && stillStem(other) === stem);
  if (stills.length === 1) return false;
  const extensions = new Set(stills.map(({ moving }) => moving?.extension));
  return extensions.size !== 1 || extensions.has(undefined);
}

function stillStem({ title, kind }: Photo): string {
  const [stem] = splitExtension(mediaName(title, kind));
  return stem.replace(/\.(?:MP4|MOV|MP|MV)$/, '').toLowerCase();
}

function withNumber(name: string, number: number): string {
  const [stem, extension] = splitExtension(name);
  return `${stem}(${number})${extension}`;
}

function groups<T>(of: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const one of of) {
    const key = keyOf(one);
    const group = found.get(key);
    if (group === undefined) found.set(key, [one]);
    else group.push(one);
  }
  return found;
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
