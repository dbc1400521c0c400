import assert from 'node:assert/strict';
import type { Files } from './world.js';

/** The names of a folder, sorted. */
export async function namesIn(files: Files, path: string): Promise<string[]> {
  return (await files.readdir(path)).map(({ name }) => name).sort();
}

/** Fails unless the operation is refused with this POSIX error. */
export async function refusedWith(code: string, operation: Promise<unknown>): Promise<void> {
  await assert.rejects(operation, (error: unknown) => {
    assert.ok(error instanceof Error && 'code' in error, `it failed with ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** Every file below a folder, as paths from it. */
export async function filesBelow(files: Files, path: string, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for (const { name, kind } of await files.readdir(path)) {
    if (kind === 'file') found.push(prefix + name);
    else found.push(...(await filesBelow(files, `${path === '/' ? '' : path}/${name}`, `${prefix}${name}/`)));
  }
  return found.sort();
}

export function sameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length, 'as many bytes');
  assert.ok(Buffer.from(actual).equals(expected), 'the same bytes');
}
