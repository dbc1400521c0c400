// npm run deb [-- amd64 arm64 --quick]: makes build/deb/gphotos-mount_VERSION_ARCHITECTURE.deb, for both where none is named, and
// SHA256SUMS; --quick packs larger ones in less time. Each holds Node and everything compiled, so that it needs neither Node nor
// npm nor a compiler. The program has to be built. On Debian or Ubuntu; test/support/setup.mjs installs the compiler for the
// other processor and mmdebstrap.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ARCHITECTURES, filesBelow, PROGRAM, root, run, say } from './steps/common.mjs';
import { binariesBelow, systemNeeds } from './steps/needs.mjs';
import { nativeParts } from './steps/native-parts.mjs';
import { fetchModules, fetchNode } from './steps/npm-packages.mjs';
import { layTree, MAINTAINER } from './steps/package-tree.mjs';

const out = join(root, 'build/deb');

/** The time of the last commit: the same sources make the same dates. */
function sourceDate() {
  try {
    return Number(run('git', ['log', '-1', '--format=%ct']).trim());
  } catch {
    return Math.floor(Date.now() / 1000);
  }
}

function writeControl(tree, name, { depends, glibc }) {
  const folder = join(tree, 'DEBIAN');
  const files = filesBelow(tree).sort();
  const kilobytes = Number(run('du', ['-sk', '--apparent-size', tree]).split('\t')[0]);
  mkdirSync(folder, { mode: 0o755 });
  const write = (file, text, mode = 0o644) => {
    writeFileSync(join(folder, file), text);
    chmodSync(join(folder, file), mode);
  };
  write(
    'md5sums',
    files
      .map((file) => `${createHash('md5').update(readFileSync(file)).digest('hex')}  ${relative(tree, file)}\n`)
      .join(''),
  );
  for (const script of ['preinst', 'postinst', 'prerm', 'postrm']) {
    const text = readFileSync(join(root, 'packaging/debian', script), 'utf8');
    write(script, text.replaceAll('@GLIBC@', glibc), 0o755);
  }
  const fields = {
    Package: 'gphotos-mount',
    Version: PROGRAM.version,
    Architecture: name,
    Maintainer: MAINTAINER,
    'Installed-Size': kilobytes,
    Depends: [...depends, 'fuse3 | fuse'].join(', '),
    Section: 'utils',
    Priority: 'optional',
    Description: `Google Photos as a folder
 Mounts a library of Google Photos with FUSE: the originals out of Google
 Takeout exports, read in place, and what Google's API shows of an account.
 Listing needs no network; a catalog and a cache are kept on disk.
 .
 The package brings its own Node along.`,
  };
  write(
    'control',
    Object.entries(fields)
      .map(([field, value]) => `${field}: ${value}\n`)
      .join(''),
  );
}

async function makePackage(name) {
  const architecture = ARCHITECTURES[name];
  const node = fetchNode(architecture);
  const modules = fetchModules(architecture);
  const parts = nativeParts(name, architecture, node);
  const seconds = sourceDate();
  const folder = mkdtempSync(join(tmpdir(), 'deb-'));
  try {
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    await layTree(tree, { architecture, parts, modules, node, date: new Date(seconds * 1000) });
    writeControl(tree, name, systemNeeds(binariesBelow(tree)));
    const file = join(out, `gphotos-mount_${PROGRAM.version}_${name}.deb`);
    mkdirSync(out, { recursive: true });
    for (const old of readdirSync(out)) if (old.endsWith(`_${name}.deb`)) rmSync(join(out, old));
    say(`packing ${relative(root, file)} ...`);
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(seconds) };
    run('dpkg-deb', [...(isQuick ? ['-Zgzip', '-z1'] : ['-Zxz']), '--root-owner-group', '--build', tree, file], {
      env,
    });
    return file;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
const isQuick = words.includes('--quick');
const names = words.filter((word) => word !== '--quick');
const unknown = names.find((name) => !(name in ARCHITECTURES));
if (unknown !== undefined) {
  say(`${unknown} is not one of ${Object.keys(ARCHITECTURES).join(', ')}`);
  process.exit(1);
}
try {
  const files = [];
  for (const name of names.length === 0 ? Object.keys(ARCHITECTURES) : names) files.push(await makePackage(name));
  // Also of one that was made before.
  const all = readdirSync(out).filter((name) => name.endsWith('.deb'));
  const sum = (name) =>
    createHash('sha256')
      .update(readFileSync(join(out, name)))
      .digest('hex');
  writeFileSync(join(out, 'SHA256SUMS'), all.map((name) => `${sum(name)}  ${name}\n`).join(''));
  for (const file of files) process.stdout.write(`${relative(root, file)}\n`);
} catch (error) {
  say(error.message);
  process.exit(1);
}
