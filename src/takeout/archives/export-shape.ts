/** Where the photos of an export lie in its paths. */
export interface ExportShape {
  /** There is a folder `Takeout`, or folders of Google Photos. */
  readonly isTakeout: boolean;
  /** Paths of the service folders that hold photos: `Takeout/Google Photos`. Empty: photos begin at the root itself. */
  readonly photoFolders: readonly string[];
}

/** Service folders of Google Photos in the languages known; any other is known by its sidecars. */
const SERVICES: ReadonlySet<string> = new Set(
  [
    'Google Photos',
    'Google Fotos',
    'Google Foto',
    "Google Foto's",
    'Zdjęcia Google',
    'Google Фото',
    'Fotky Google',
    'Google Fotók',
    'Google Снимки',
    'Google Foton',
    'Google Bilder',
    'Google Billeder',
    'Google Kuvat',
    'Google Fotoğraflar',
    'Google フォト',
    'Google 相册',
    'Google 相簿',
    'Google 포토',
  ].map((name) => name.normalize('NFC').toLowerCase()),
);

const TAKEOUT = /^takeout(?: ?\(?\d+\)?)?$/i;
/** `a.jpg.json`, `a.jpg.supplemental-metadata(1).json`, and cut forms of them. */
const SIDECAR = /\.[a-z0-9]{2,4}(?:\.[^/]*)?\.json$/i;
const MEDIA = /\.(?:jpe?g|heic|heif|png|gif|webp|avif|dng|mp4|mov|m4v|3gp|mp|mv|webm|mkv)$/i;
const YEAR_FOLDER = /^(?:19|20)\d\d(?!\d)|(?<!\d)(?:19|20)\d\d\D{0,4}$/;

export function isTakeoutFolder(name: string): boolean {
  return TAKEOUT.test(name);
}

/** The name of a service folder of Google Photos in a language that is known. */
export function isPhotoService(name: string): boolean {
  return SERVICES.has(name.normalize('NFC').toLowerCase());
}

/** Evidence that a folder is one of photos: a sidecar, or media in a folder named by a year. */
export function isPhotoEvidence(folderName: string, fileName: string): boolean {
  return SIDECAR.test(fileName) || (MEDIA.test(fileName) && YEAR_FOLDER.test(folderName.trim()));
}

/** Finds the shape of an export from the paths of its files, which come one after the other. */
export class ExportShapeFinder {
  #isTakeout = false;
  readonly #photoFolders = new Set<string>();
  #startsAtPhotos = false;

  add({ folder, name }: { readonly folder: string; readonly name: string }): void {
    const parts = folder.split('/');
    const hasRoot = isTakeoutFolder(parts[0] ?? '');
    if (hasRoot) this.#isTakeout = true;
    const service = parts[hasRoot ? 1 : 0];
    if (service === undefined || service === '') return;
    const path = hasRoot ? `${parts[0] ?? ''}/${service}` : service;
    if (this.#photoFolders.has(path)) return;
    if (isPhotoService(service)) this.#photoFolders.add(path);
    const album = parts[hasRoot ? 2 : 1];
    if (album !== undefined) {
      if (isPhotoEvidence(album, name)) this.#photoFolders.add(path);
    } else if (!hasRoot && isPhotoEvidence(service, name)) this.#startsAtPhotos = true;
  }

  /** Of the paths so far. */
  get shape(): ExportShape {
    const photoFolders = [...this.#photoFolders];
    const isTakeout = this.#isTakeout || this.#startsAtPhotos || photoFolders.length > 0;
    // Where a folder of photos was found, folders beside it are other services.
    return { isTakeout, photoFolders: photoFolders.length === 0 && this.#startsAtPhotos ? [''] : photoFolders };
  }
}

/**
 * The folder of an entry within Google Photos: `Photos from 2023`. The same for all parts, wherever each begins. Undefined for files of
 * other services; '' for files beside the folders.
 */
export function folderInPhotos(folder: string, photoFolders: readonly string[]): string | undefined {
  for (const photos of photoFolders) {
    if (photos === '') return folder;
    if (folder === photos) return '';
    if (folder.startsWith(`${photos}/`)) return folder.slice(photos.length + 1);
  }
  return undefined;
}
