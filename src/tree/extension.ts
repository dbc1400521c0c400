/** Extensions for the MIME types that Google Photos accepts or gives; the usual spelling first found in cameras. */
const EXTENSION_OF: Readonly<Record<string, string>> = {
  'image/avif': 'avif',
  'image/bmp': 'bmp',
  'image/gif': 'gif',
  'image/heic': 'heic',
  'image/heif': 'heif',
  'image/jpeg': 'jpg',
  'image/jpg': 'jpg',
  'image/pjpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/tiff': 'tif',
  'image/vnd.adobe.photoshop': 'psd',
  'image/vnd.microsoft.icon': 'ico',
  'image/webp': 'webp',
  'image/x-adobe-dng': 'dng',
  'image/x-canon-cr2': 'cr2',
  'image/x-canon-cr3': 'cr3',
  'image/x-canon-crw': 'crw',
  'image/x-fuji-raf': 'raf',
  'image/x-icon': 'ico',
  'image/x-nikon-nef': 'nef',
  'image/x-nikon-nrw': 'nrw',
  'image/x-olympus-orf': 'orf',
  'image/x-panasonic-rw2': 'rw2',
  'image/x-pentax-pef': 'pef',
  'image/x-sony-arw': 'arw',
  'video/3gpp': '3gp',
  'video/3gpp2': '3g2',
  'video/avi': 'avi',
  'video/divx': 'divx',
  'video/mp2t': 'mts',
  'video/mp4': 'mp4',
  'video/mpeg': 'mpg',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
  'video/x-m4v': 'm4v',
  'video/x-matroska': 'mkv',
  'video/x-ms-asf': 'asf',
  'video/x-ms-wmv': 'wmv',
  'video/x-msvideo': 'avi',
};

/**
 * Needs a letter, because `2024.07.19` ends in a day. At most 10 characters, because `St. Petersburg` ends in a place.
 */
const EXTENSION = /^(?=[^.]*[a-z])[a-z0-9]{1,10}$/i;

/** The extension of a file name with its dot, or '' where it has none. A leading dot starts no extension. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 && EXTENSION.test(name.slice(dot + 1)) ? name.slice(dot) : '';
}

/** The extension (with its dot) that files of a MIME type carry, or '' for a type that names no format. */
export function extensionForMimeType(mimeType: string): string {
  const type = mimeType.toLowerCase().split(';', 1)[0]?.trim() ?? '';
  const known = Object.hasOwn(EXTENSION_OF, type) ? EXTENSION_OF[type] : undefined;
  if (known !== undefined) return `.${known}`;
  const subtype = /^(?:image|video)\/(?:x-)?(.*)$/.exec(type)?.[1] ?? '';
  return EXTENSION.test(subtype) ? `.${subtype}` : '';
}
