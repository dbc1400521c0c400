import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { refusedWith, sameBytes } from '../behaviour/expect.js';
import { memoryWorld } from '../behaviour/memory-world.js';
import { mediaIdFor } from '../behaviour/memory-catalog.js';
import type { ItemSpec, LibrarySpec, Mounted } from '../behaviour/world.js';
import { SEED, SEED_NOTE, share } from '../support/chance.js';
import { ReferenceTree } from './reference-tree.js';

/** Newest first, as a listing brings them: twins are named in this order. */
const POOL: readonly ItemSpec[] = [
  { key: 'k0', filename: 'IMG.jpg', created: '2024-07-20T00:00:00Z', camera: { make: 'Google', model: 'Pixel' } },
  { key: 'k1', filename: 'img.JPG', created: '2024-07-19T23:59:59Z' },
  { key: 'k2', filename: 'IMG.jpg', created: '2024-02-29T01:00:00Z', camera: { make: 'ACME', model: 'One' } },
  { key: 'k3', filename: 'clip.mp4', mimeType: 'video/mp4', created: '2023-12-31T23:59:59Z' },
  { key: 'k4', filename: 'README.txt.jpg', created: '2023-01-01T00:00:00Z', unmeasured: true },
  { key: 'k5', filename: 'album.jpg', created: '1969-07-20T20:17:00Z' },
];
const TITLES = ['Rome', 'Trips/Oslo', 'IMG.jpg'];

const flags = fc.record({ present: fc.boolean(), favorite: fc.boolean(), archived: fc.boolean() });

const aLibrary: fc.Arbitrary<LibrarySpec> = fc
  .tuple(
    fc.array(flags, { minLength: POOL.length, maxLength: POOL.length }),
    fc.array(fc.option(fc.subarray(POOL.map(({ key }) => key))), {
      minLength: TITLES.length,
      maxLength: TITLES.length,
    }),
  )
  .map(([states, members]) => {
    const items = POOL.flatMap((item, index) => {
      const { present = false, favorite = false, archived = false } = states[index] ?? {};
      return present ? [{ ...item, favorite, archived }] : [];
    });
    const keys = new Set(items.map(({ key }) => key));
    const albums = TITLES.flatMap((title, index) => {
      const wanted = members[index];
      return wanted ? [{ title, items: wanted.filter((key) => keys.has(key)) }] : [];
    });
    return { items, albums };
  });

type Step =
  | { readonly do: 'become'; readonly library: LibrarySpec }
  | {
      readonly do: 'readdir' | 'stat' | 'read' | 'xattr';
      /** Which of the model's paths, and what to spoil it with. */
      readonly pick: number;
      readonly spoil: string;
      readonly position: number;
      readonly length: number;
    };

const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('become' as const), library: aLibrary }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom('readdir' as const, 'stat' as const, 'read' as const, 'xattr' as const),
      pick: fc.nat(),
      spoil: fc.oneof(
        { weight: 6, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom('/x', '/IMG.jpg', '~', ' ', '/2024', '/..', '/x/y', '\u0301') },
      ),
      position: fc.nat(5000),
      length: fc.integer({ min: 1, max: 5000 }),
    }),
  },
);

async function agree(step: Exclude<Step, { do: 'become' }>, model: ReferenceTree, mounted: Mounted): Promise<void> {
  const { files } = mounted;
  const picked = model.paths[step.pick % model.paths.length] ?? '/';
  const path = step.spoil === '' ? picked : `${picked === '/' ? '' : picked}${step.spoil}`;
  const node = model.at(path);
  const operations = {
    readdir: () => files.readdir(path),
    stat: () => files.lstat(path),
    read: () => files.read(path, step.position, step.length),
    xattr: () => files.listxattr(path),
  };
  if (node === undefined) return refusedWith(model.whyNot(path), operations[step.do]());
  switch (step.do) {
    case 'readdir': {
      if (node.kind === 'file') return refusedWith('ENOTDIR', files.readdir(path));
      assert.deepEqual((await files.readdir(path)).map(({ name }) => name).sort(), [...node.names].sort(), path);
      return;
    }
    case 'stat': {
      const { kind, mtime, size } = await files.lstat(path);
      assert.equal(kind, node.kind, path);
      if (node.kind === 'file' && node.key !== undefined) {
        assert.equal(size, (await mounted.bytesOf(node.key)).length, path);
        assert.equal(mtime, Date.parse(POOL.find(({ key }) => key === node.key)?.created ?? ''), path);
      }
      return;
    }
    case 'read': {
      if (node.kind === 'directory') return refusedWith('EISDIR', files.read(path, 0, 1));
      if (node.key === undefined) return;
      const bytes = await mounted.bytesOf(node.key);
      sameBytes(
        await files.read(path, step.position, step.length),
        bytes.subarray(step.position, step.position + step.length),
      );
      return;
    }
    case 'xattr': {
      if (node.kind === 'directory' || node.key === undefined) return;
      assert.equal(await files.getxattr(path, 'user.gphotos.id'), await mounted.mediaIdOf(node.key), path);
    }
  }
}

/** The library changes: folders whose names are others than before have another time, and no others. */
async function become(library: LibrarySpec, model: ReferenceTree, { files, become: change }: Mounted): Promise<void> {
  const looked = async () => {
    const folders = model.paths.flatMap((path) => {
      const node = model.at(path);
      return node?.kind === 'directory' ? [{ path, names: [...node.names].sort().join('/') }] : [];
    });
    return Promise.all(folders.map(async (folder) => ({ ...folder, ...(await files.lstat(folder.path)) })));
  };
  const before = new Map((await looked()).map((folder) => [folder.path, folder]));
  model.become(library);
  await change(library);
  for (const { path, names, mtime, ctime } of await looked()) {
    const old = before.get(path);
    assert.equal(ctime, mtime, path);
    if (old !== undefined) assert.equal(mtime !== old.mtime, names !== old.names, `${path}: ${old.names} -> ${names}`);
  }
}

const RUNS = share(500);

describe('the file system and a small model of it', () => {
  it(`the file system and a small model of it agree on any sequence of changes and looks (${RUNS} sequences, ${SEED_NOTE})`, async () => {
    await fc.assert(
      fc.asyncProperty(aLibrary, fc.array(aStep, { maxLength: 60 }), async (library, steps) => {
        await memoryWorld.with(library, {}, async (mounted) => {
          const model = new ReferenceTree(library, mediaIdFor);
          for (const step of steps) {
            if (step.do === 'become') await become(step.library, model, mounted);
            else await agree(step, model, mounted);
          }
        });
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});
