/**
 * The path in NFC, the form in which names are listed; undefined if it is NFC already. Programs of macOS and some
 * archives ask for NFD: a lookup that found nothing is repeated with this path.
 */
export function composedPath(path: string): string | undefined {
  const composed = path.normalize('NFC');
  return composed === path ? undefined : composed;
}
