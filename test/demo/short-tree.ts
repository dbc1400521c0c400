import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface ShortTree {
  /** Lines to print. */
  readonly tree: string;
  /** Path of one picture, from the root of the mount. */
  readonly picture: string;
  /** Name of the album that is shown first. */
  readonly album: string;
}

const SHOWN = 3;

/** What a person would look at first, a few lines of it, read from the mount itself. */
export async function shortTree(root: string): Promise<ShortTree> {
  const lines: string[] = [];
  const albums = await names(root, 'album');
  const album = albums[0] ?? '';
  const pictures = await names(root, 'album', album);
  const years = await names(root, 'media/by-year');
  lines.push(
    'README.txt',
    'album/',
    ...some(
      albums.map((name) => `${name}/`),
      1,
    ),
  );
  lines.splice(3, 0, ...some(pictures, 2));
  lines.push('feature/favorites/', ...some(await names(root, 'feature/favorites'), 1));
  lines.push(
    'media/all/',
    'media/by-year/',
    ...some(
      years.map((name) => `${name}/`),
      1,
    ),
  );
  lines.push(
    'media/by-month/',
    'media/by-day/',
    'media/by-camera/',
    'media/photos/',
    'media/videos/',
    'media/not-in-album/',
  );
  return {
    tree: lines.map((line) => `  ${line}\n`).join(''),
    picture: join('album', album, pictures.find((name) => /\.jpe?g$/i.test(name)) ?? pictures[0] ?? ''),
    album,
  };
}

function some(all: readonly string[], depth: number): string[] {
  const lines = all.slice(0, SHOWN).map((name) => '  '.repeat(depth) + name);
  if (all.length > SHOWN) lines.push(`${'  '.repeat(depth)}… ${all.length - SHOWN} more`);
  return lines;
}

async function names(root: string, ...path: string[]): Promise<string[]> {
  return (await readdir(join(root, ...path))).sort();
}
