import type { MediaKind } from '../../library/media-item.js';
import { splitExtension } from './name-rule.js';

interface MediaType {
  readonly kind: MediaKind;
  readonly mimeType: string;
}

const PHOTOS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg jpeg jpe jfif',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/heic': 'heic heics',
  'image/heif': 'heif hif',
  'image/avif': 'avif',
  'image/jxl': 'jxl',
  'image/bmp': 'bmp dib',
  'image/tiff': 'tif tiff',
  'image/svg+xml': 'svg',
  'image/vnd.microsoft.icon': 'ico',
  'image/vnd.adobe.photoshop': 'psd',
  'image/jp2': 'jp2 j2k',
  'image/x-adobe-dng': 'dng',
  'image/x-canon-cr2': 'cr2',
  'image/x-canon-cr3': 'cr3',
  'image/x-canon-crw': 'crw',
  'image/x-epson-erf': 'erf',
  'image/x-fuji-raf': 'raf',
  'image/x-hasselblad-3fr': '3fr fff',
  'image/x-kodak-dcr': 'dcr',
  'image/x-kodak-kdc': 'kdc',
  'image/x-leaf-mos': 'mos',
  'image/x-mamiya-mef': 'mef',
  'image/x-minolta-mrw': 'mrw',
  'image/x-nikon-nef': 'nef',
  'image/x-nikon-nrw': 'nrw',
  'image/x-olympus-orf': 'orf',
  'image/x-panasonic-rw2': 'rw2 raw',
  'image/x-leica-rwl': 'rwl',
  'image/x-pentax-pef': 'pef',
  'image/x-phaseone-iiq': 'iiq',
  'image/x-samsung-srw': 'srw',
  'image/x-sigma-x3f': 'x3f',
  'image/x-sony-arw': 'arw',
  'image/x-sony-sr2': 'sr2',
  'image/x-sony-srf': 'srf',
};

const VIDEOS: Readonly<Record<string, string>> = {
  'video/mp4': 'mp4 mp mv lrv insv',
  'video/quicktime': 'mov qt',
  'video/x-m4v': 'm4v',
  'video/3gpp': '3gp 3gpp',
  'video/3gpp2': '3g2 3gp2',
  'video/x-msvideo': 'avi',
  'video/divx': 'divx',
  'video/x-matroska': 'mkv',
  'video/webm': 'webm',
  'video/mpeg': 'mpg mpeg mpe m2v mpv',
  'video/mp2t': 'mts m2ts m2t ts tod',
  'video/x-ms-wmv': 'wmv',
  'video/x-ms-asf': 'asf',
  'video/x-flv': 'flv',
  'video/ogg': 'ogv',
  'video/x-mod': 'mod',
  'video/mmv': 'mmv',
};

const TYPES = new Map<string, MediaType>([...typesOf('photo', PHOTOS), ...typesOf('video', VIDEOS)]);
/** A moving part without extension is an MP4 file. */
const WITHOUT_EXTENSION: MediaType = { kind: 'video', mimeType: 'video/mp4' };
const UNKNOWN: MediaType = { kind: 'photo', mimeType: 'application/octet-stream' };

const MOVING = /^\.(?:mp4|mov|mp|mv)(?:~\d+)?$/i;

function typesOf(kind: MediaKind, table: Readonly<Record<string, string>>): [string, MediaType][] {
  return Object.entries(table).flatMap(([mimeType, extensions]) =>
    extensions.split(' ').map((extension): [string, MediaType] => [extension, { kind, mimeType }]),
  );
}

/** Kind and MIME type by an extension with its dot, or undefined for one that no photo or video has. */
export function mediaTypeOf(extension: string): MediaType | undefined {
  return TYPES.get(extension.slice(1).toLowerCase().replace(/~\d+$/, ''));
}

/** Kind and MIME type of a media file. A file without extension in a Takeout folder is a moving part or a video if it is beside a still. */
export function typeOfFile(name: string, isMovingPart = false): MediaType {
  const known = mediaTypeOf(splitExtension(name).extension);
  return known ?? (isMovingPart ? WITHOUT_EXTENSION : UNKNOWN);
}

export function isMediaExtension(extension: string): boolean {
  return mediaTypeOf(extension) !== undefined;
}

/** Whether a file of a photo folder that is no json is media. Titles without extension occur, and such as end in a day. */
export function isMediaName(name: string): boolean {
  const { extension } = splitExtension(name);
  return extension === '' || /^\.\d+$/.test(extension) || isMediaExtension(extension);
}

/** Whether a file of this extension may be the moving part of a still: the MP4 and MOV kinds, `.MP`, `.MV`, `.MP~2`, or none. */
export function mayBeMovingPart(extension: string): boolean {
  return extension === '' || MOVING.test(extension);
}

export function isPhotoExtension(extension: string): boolean {
  return mediaTypeOf(extension)?.kind === 'photo';
}
