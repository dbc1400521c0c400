/** Year folders hold everything; an album holds copies of some of it. Other folders (bin, archive) are as year folders. */
export type FolderKind = 'year' | 'album' | 'other';

export interface FolderPlace {
  /** The folder of the service: `Google Photos`, in any language. '' where the export begins below it. */
  readonly service: string;
  /** The year folder or album. '' for a file that lies above them. */
  readonly folder: string;
  readonly name: string;
}

/** What the name of a folder says of files in it that have no sidecar. */
export interface FolderHints {
  readonly archived: boolean;
  readonly trashed: boolean;
  readonly locked: boolean;
}

/** What is known of a folder from all parts of an export. */
export interface FolderContents {
  /** Path of the folder, without a slash at the end. */
  readonly path: string;
  readonly sidecars: number;
  readonly media: number;
  readonly hasAlbumJson: boolean;
}

const YEAR = /^(\d{4})(?!\d)|(?<!\d)(\d{4})$/;
const FIRST_YEAR = 1800;
const LAST_YEAR = 2199;

const SKIPPED_FOLDERS = new Set(['__MACOSX', '@eaDir']);
const SKIPPED_NAMES = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/** Names of the service where no folder of an export has a sidecar. */
const SERVICES = new Set(
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
  ].map((name) => name.normalize('NFC')),
);

/** Names of the bin, the archive and the locked folder; used for files without a sidecar only. */
const TRASH =
  'Trash|Bin|Papierkorb|Corbeille|Papelera|Cestino|Lixeira|Prullenbak|Kosz|Корзина|Кошик|Paperera|ゴミ箱|回收站|휴지통';
const ARCHIVE =
  'Archive|Archives|Archiv|Archivo|Archivio|Arquivo|Archief|Archiwum|Архив|Архів|Arxiu|アーカイブ|归档|보관처리됨';
const LOCKED =
  'Locked Folder|Gesperrter Ordner|Dossier verrouillé|Carpeta privada|Carpeta bloqueada|Cartella bloccata|Pasta trancada|' +
  'Vergrendelde map|Folder zablokowany|Заблокированная папка|ロックされたフォルダ|锁定文件夹|잠긴 폴더';
const TRASH_NAMES = namesOf(TRASH);
const ARCHIVE_NAMES = namesOf(ARCHIVE);
const LOCKED_NAMES = namesOf(LOCKED);

function namesOf(list: string): ReadonlySet<string> {
  return new Set(list.split('|').map(normalized));
}

function normalized(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** Service, folder and name of an entry: the last three parts of its path, wherever the export begins. */
export function placeOf(path: string): FolderPlace {
  const parts = path.normalize('NFC').split('/');
  return { service: parts.at(-3) ?? '', folder: parts.at(-2) ?? '', name: parts.at(-1) ?? '' };
}

/** Whether an entry is of the operating system that packed or unpacked the export, and is not looked at. */
export function isSkippedPath(path: string): boolean {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  return SKIPPED_NAMES.has(name) || name.startsWith('._') || parts.some((part) => SKIPPED_FOLDERS.has(part));
}

/** The year that the name of a folder begins or ends with. */
export function yearOfFolder(name: string): number | undefined {
  const [, first, last] = YEAR.exec(name.trim()) ?? [];
  const year = Number(first ?? last ?? Number.NaN);
  return year >= FIRST_YEAR && year <= LAST_YEAR ? year : undefined;
}

/** The kind of a folder follows from what lies in it: an album may be called as a year folder is. */
export function folderKindOf(name: string, hasAlbumJson: boolean): FolderKind {
  if (hasAlbumJson) return 'album';
  return yearOfFolder(name) === undefined ? 'other' : 'year';
}

/**
 * The hints of a folder. In a language that is not known, a folder of neither year nor album whose sidecars all say "locked" is
 * the locked one.
 */
export function folderHintsOf(
  name: string,
  kind: FolderKind,
  sidecars: Iterable<{ readonly locked: boolean }> = [],
): FolderHints {
  const known = normalized(name.trim());
  const statements = [...sidecars];
  const isAllLocked = kind === 'other' && statements.length > 0 && statements.every(({ locked }) => locked);
  const isOther = kind === 'other';
  return {
    archived: isOther && ARCHIVE_NAMES.has(known),
    trashed: isOther && TRASH_NAMES.has(known),
    locked: isAllLocked || (isOther && LOCKED_NAMES.has(known)),
  };
}

/**
 * Paths of the service folders: parents of folders with sidecars. Where no folder has one, parents with a known name, else
 * parents of year folders with media.
 */
export function serviceFoldersOf(folders: Iterable<FolderContents>): Set<string> {
  const all = [...folders];
  const withSidecars = all.filter(({ sidecars }) => sidecars > 0);
  if (withSidecars.length > 0) return parentsOf(withSidecars);
  const named = all.filter(({ path }) => SERVICES.has(lastPart(parentOf(path)).normalize('NFC')));
  if (named.length > 0) return parentsOf(named);
  return parentsOf(
    all.filter(({ path, media, hasAlbumJson }) => media > 0 && folderKindOf(lastPart(path), hasAlbumJson) === 'year'),
  );
}

function parentsOf(folders: readonly FolderContents[]): Set<string> {
  return new Set(folders.map(({ path }) => parentOf(path)));
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
