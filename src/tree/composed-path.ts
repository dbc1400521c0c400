/**
 * The path in the spelling that names are listed in (NFC), or undefined where it is in that already. Programs of macOS and some archives
 * ask for NFD: a look-up that found nothing tries this spelling too.
 */
export function composedPath(path: string): string | undefined {
  const composed = path.normalize('NFC');
  return composed === path ? undefined : composed;
}
