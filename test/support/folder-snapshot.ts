import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every path below a folder with its mode and a digest of its bytes, to see whether anything changed. */
export function folderSnapshot(folder: string, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    const facts = lstatSync(path);
    const digest = facts.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12) : '';
    found[`${prefix}${name}`] = `${facts.mode.toString(8)} ${digest}`;
    if (facts.isDirectory()) Object.assign(found, folderSnapshot(path, `${prefix}${name}/`));
  }
  return found;
}
