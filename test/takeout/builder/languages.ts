/** Words of an export in one language. Where a word is not known (Thai; part of Hungarian and Japanese) it is made up. */
export interface Words {
  readonly service: string;
  readonly year: (year: number) => string;
  /** Name of an album's json file, without `.json`. */
  readonly albumJson: string;
  readonly untitled: string;
  /** Between the stem and the extension of an edited version. */
  readonly edited: string;
  /** A reader can only learn the suffix: no list has it. */
  readonly isMadeUp: boolean;
  readonly trash: string;
  readonly archive: string;
  readonly locked: string;
}

function words(
  service: string,
  year: string,
  [albumJson, untitled, edited]: [string, string, string],
  [trash, archive, locked]: [string, string, string],
  isMadeUp = false,
): Words {
  const named = (of: number): string => year.replace('#', String(of));
  return { service, year: named, albumJson, untitled, edited, isMadeUp, trash, archive, locked };
}

export const LANGUAGES = {
  en: words(
    'Google Photos',
    'Photos from #',
    ['metadata', 'Untitled', '-edited'],
    ['Trash', 'Archive', 'Locked Folder'],
  ),
  de: words(
    'Google Fotos',
    'Fotos von #',
    ['Metadaten', 'Unbenannt', '-bearbeitet'],
    ['Papierkorb', 'Archiv', 'Gesperrter Ordner'],
  ),
  fr: words(
    'Google Photos',
    'Photos de #',
    ['métadonnées', 'Sans titre', '-modifié'],
    ['Corbeille', 'Archives', 'Dossier verrouillé'],
  ),
  es: words(
    'Google Fotos',
    'Fotos del #',
    ['metadatos', 'Sin título', '-ha editado'],
    ['Papelera', 'Archivo', 'Carpeta privada'],
  ),
  it: words(
    'Google Foto',
    'Foto dal #',
    ['metadati', 'Senza titolo', '-modificato'],
    ['Cestino', 'Archivio', 'Cartella bloccata'],
  ),
  ja: words(
    'Google フォト',
    '# 年の写真',
    ['メタデータ', '無題', '-編集済み'],
    ['ゴミ箱', 'アーカイブ', 'ロックされたフォルダ'],
  ),
  th: words('Google Photos', 'รูปภาพจาก #', ['ข้อมูลเมตา', 'ไม่มีชื่อ', '-แก้ไข'], ['ถังขยะ', 'ที่เก็บ', 'โฟลเดอร์ที่ล็อก'], true),
  hu: words(
    'Google Fotók',
    'Fényképek - #',
    ['metaadatok', 'Nem mentett dokumentum', '-szerkesztve'],
    ['Kuka', 'Archívum', 'Zárolt mappa'],
    true,
  ),
} as const;

export type Language = keyof typeof LANGUAGES;
