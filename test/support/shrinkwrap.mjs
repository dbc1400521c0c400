// Run by npm before and after packing: `shrinkwrap.mjs make` puts the locked versions where the packed program takes them along,
// `shrinkwrap.mjs remove` takes them away again, for npm prefers that file to package-lock.json in the repository too.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const file = join(root, 'npm-shrinkwrap.json');

if (process.argv[2] === 'remove') rmSync(file, { force: true });
else {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  // Who installs the program gets no tools of its development.
  const packages = Object.entries(lock.packages).filter(([, { dev, devOptional }]) => !dev && !devOptional);
  const { devDependencies: _, ...own } = lock.packages[''];
  writeFileSync(
    file,
    `${JSON.stringify({ ...lock, packages: { ...Object.fromEntries(packages), '': own } }, undefined, 2)}\n`,
  );
}
