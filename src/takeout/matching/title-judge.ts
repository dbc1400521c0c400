import { cutKeepingPair, folded, mediaNameOf, NAME_UNITS, splitExtension } from './name-rule.js';
import { isPhotoExtension, mayBeMovingPart } from './media-types.js';

/** 2: the title gives this media name. 1: all but the extension. 0: another name. */
export type TitleScore = 0 | 1 | 2;

/** How well the title of a sidecar fits a media name without its counter, or undefined where the sidecar has no title. */
export function judgeTitle(title: string | undefined, base: string): TitleScore | undefined {
  if (title === undefined || title === '') return undefined;
  const wanted = folded(base);
  if (givesName(title, wanted) || givesName(title.normalize('NFC'), wanted)) return 2;
  const { stem, extension } = splitExtension(wanted);
  const units = NAME_UNITS - extension.length;
  const stems = [title, splitExtension(title).stem].flatMap((text) => [text, text.normalize('NFC')]);
  return stems.some((text) => folded(cutKeepingPair(text, units)) === stem) ? 1 : 0;
}

/** Whether the title is that of a still and the media a moving part or the other way round. */
export function isTitleOfOtherKind(title: string | undefined, base: string): boolean {
  const ofTitle = splitExtension(title ?? '').extension;
  const ofMedia = splitExtension(base).extension;
  return (isPhotoExtension(ofTitle) && isMoving(ofMedia)) || (isMoving(ofTitle) && isPhotoExtension(ofMedia));
}

function isMoving(extension: string): boolean {
  return extension !== '' && mayBeMovingPart(extension);
}

function givesName(title: string, wanted: string): boolean {
  return folded(mediaNameOf(title)) === wanted;
}
