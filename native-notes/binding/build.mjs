// Compiles fuse-native's binding with the patches of this folder into build/native/, where load-fuse-binding.ts prefers it to the
// package's own. Does nothing where that has been done. Without compiler or headers it says so and ends with 1; where the package
// has a ready binding, that one serves, too, and `build.mjs --pack` ends with 0. Plain Node, no dependencies.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmHeaders } from '../../test/support/npm-headers.mjs';
import { bindingIngredients, compileBinding } from './compile.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const target = join(root, 'build/native', `${process.platform}-${process.arch}`);
const marker = join(target, 'ingredients');
const wanted = bindingIngredients();
if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
  try {
    compileBinding(join(target, 'fuse.node'), { env: { ...npmHeaders(), ...process.env } });
    writeFileSync(marker, wanted);
  } catch (error) {
    const ready = join(root, 'node_modules/fuse-native/prebuilds', `${process.platform}-${process.arch}`);
    const serves = existsSync(ready);
    const words = serves ? 'is used as it comes' : 'has no binding for this machine, and none could be compiled';
    process.stderr.write(`native: fuse-native ${words} (${error.message})\n`);
    process.exit(serves && process.argv.includes('--pack') ? 0 : 1);
  }
}
