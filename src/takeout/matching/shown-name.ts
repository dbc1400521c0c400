import { typeOfFile, isMediaExtension } from './media-types.js';
import { splitExtension } from './name-rule.js';

/** English in every language, so that names do not change with the language of an export. */
const EDITED = '-edited';
/** Players know moving parts of these kinds by it. */
const PLAYABLE = '.mp4';

/** The name of an item: its title, with the extension of its file where the title has none or one of the other kind. */
export function itemFilename(title: string | undefined, fileName: string): string {
  if (title === undefined || title.trim() === '') return fileName;
  const ofFile = splitExtension(fileName).extension;
  if (!isMediaExtension(ofFile)) return title;
  const { stem, extension } = splitExtension(title);
  if (!isMediaExtension(extension)) return title + ofFile;
  return typeOfFile(title).kind === typeOfFile(fileName).kind ? title : stem + ofFile;
}

/** `NAME-edited.ext`, where the item is `NAME.…` and the edited version's file has that extension. */
export function editedFilename(filename: string, editedFileName: string): string {
  const { stem, extension } = splitMedia(filename);
  const ofFile = splitExtension(editedFileName).extension;
  const isSame = ofFile === '' || ofFile.toLowerCase() === extension.toLowerCase();
  return `${stem}${EDITED}${isSame ? extension : ofFile}`;
}

/** The still's name with the extension of the part; `.mp4` is added to `.MP`, `.MV` and none. */
export function movingFilename(filename: string, partFileName: string): string {
  const { stem } = splitMedia(filename);
  const extension = splitExtension(partFileName).extension;
  if (/^\.(?:mp4|mov)$/i.test(extension)) return stem + extension;
  const isNamedSo = extension !== '' && stem.toLowerCase().endsWith(extension.toLowerCase());
  return `${stem}${isNamedSo ? '' : extension}${PLAYABLE}`;
}

/** A title may have dots: only a media extension is split off. */
function splitMedia(filename: string): { stem: string; extension: string } {
  const { stem, extension } = splitExtension(filename);
  return isMediaExtension(extension) ? { stem, extension } : { stem: filename, extension: '' };
}
