/**
 * The text of a file that a person or a Windows program wrote: UTF-8 or UTF-16, with or without a byte order mark. The
 * mark is left out. UTF-16 without a mark is known by the zero byte in one of its first two bytes.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return 'utf-8';
}
