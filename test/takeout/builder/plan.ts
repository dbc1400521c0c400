import { albumText, orphanText, sidecarText } from './json-texts.js';
import { LANGUAGES } from './languages.js';
import type { Library, Photo } from './library.js';
import { FolderPlan } from './folder-plan.js';
import { cleanTitle, FolderNames } from './names.js';
import type { Plan, PlannedFile, PlanOptions } from './planned-file.js';

/** The name of the year folder that a photograph lies in is of its time in UTC. */
export function yearOf({ takenMs }: Photo): number {
  return new Date(takenMs).getUTCFullYear();
}

/** All files of the export of a library: folders, names with counters, sidecars and albums. */
export function planExport(library: Library, options: PlanOptions): Plan {
  const words = LANGUAGES[options.language];
  const service = `${options.root}/${words.service}`;
  const byKey = new Map(library.photos.map((photo) => [photo.key, photo]));
  const folders = new Map<string, Photo[]>();
  for (const photo of library.photos) {
    const folder = homeOf(photo, options);
    folders.set(folder, [...(folders.get(folder) ?? []), photo]);
  }
  for (const { takenMs } of library.orphans) {
    const folder = words.year(new Date(takenMs).getUTCFullYear());
    if (!folders.has(folder)) folders.set(folder, []);
  }
  const files: PlannedFile[] = [];
  for (const [folder, photos] of folders) {
    const plan = new FolderPlan(`${service}/${folder}`, options);
    plan.addPhotos(photos, (photo) => sidecarText(photo, 0));
    for (const orphan of library.orphans)
      if (words.year(new Date(orphan.takenMs).getUTCFullYear()) === folder)
        plan.addSidecar(orphan.title, orphanText(orphan.title, orphan.takenMs), 'orphan');
    files.push(...plan.files);
  }
  const names = new FolderNames();
  // A year folder has its name already.
  for (const folder of folders.keys()) names.take(folder);
  const albums = library.albums.map((album, index) => {
    const folder = names.take(album.title === '' ? words.untitled : cleanTitle(album.title).trim());
    const plan = new FolderPlan(`${service}/${folder}`, options);
    const named = photosOf(album.sidecarMembers, byKey);
    plan.addPhotos(photosOf(album.members, byKey), (photo) => sidecarText(photo, index + 1), named);
    for (const photo of named) {
      const alone = library.photos.filter((other) => other.title === photo.title && other.takenMs === photo.takenMs);
      const use = alone.length === 1 && photo.sidecar === 'own' ? 'membership' : 'orphan';
      plan.addSidecar(photo.title, sidecarText(photo, index + 1), use, photo);
    }
    plan.add('album', `${words.albumJson}.json`, Buffer.from(albumText(album, options.albumJson)));
    files.push(...plan.files);
    return { album, folder };
  });
  if (options.junk) files.push(...junk(options.root, service, [...folders.keys()][0]));
  return { files: withLearntSuffix(files, words.edited, words.isMadeUp), albums, library };
}

function photosOf(keys: readonly string[], byKey: ReadonlyMap<string, Photo>): Photo[] {
  return keys.flatMap((key) => byKey.get(key) ?? []);
}

function homeOf(photo: Photo, { language, archiveFolder }: PlanOptions): string {
  const words = LANGUAGES[language];
  if (photo.locked) return words.locked;
  if (photo.trashed) return words.trash;
  return photo.archived && archiveFolder ? words.archive : words.year(yearOf(photo));
}

/** A suffix that no list has is learnt from three files; with fewer of them none is known for an edited version. */
function withLearntSuffix(files: readonly PlannedFile[], suffix: string, isMadeUp: boolean): PlannedFile[] {
  const seen = files.flatMap(({ role, path, photo }) => (role === 'edited' && path.includes(suffix) ? [photo] : []));
  if (!isMadeUp || new Set(seen).size >= 3) return [...files];
  return files.map((file) => (file.role === 'edited' ? { ...file, unsure: true } : file));
}

function junk(root: string, service: string, folder: string | undefined): PlannedFile[] {
  const json = (name: string, value: unknown): PlannedFile => ({
    path: `${service}/${name}.json`,
    role: 'other-json',
    bytes: Buffer.from(JSON.stringify(value)),
  });
  const skipped = (path: string): PlannedFile => ({ path, role: 'skipped', bytes: Buffer.from('not a photograph\n') });
  return [
    json('print-subscriptions', { subscriptions: [] }),
    json('shared_album_comments', { comments: [{ text: 'Nice' }] }),
    json('user-generated-memory-titles', ['Summer', 'Snow']),
    skipped(`${root}/archive_browser.html`),
    ...(folder === undefined ? [] : ['.DS_Store', 'Thumbs.db'].map((name) => skipped(`${service}/${folder}/${name}`))),
  ];
}
