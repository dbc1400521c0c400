// What the binaries of a package need of a system: packages of Debian with their versions.
import { filesBelow, run } from './common.mjs';

/** Package of a library by the beginning of its name. Undefined: part of this package. */
const PACKAGES = [
  [/^(?:libc|libm|libpthread|libdl|librt|ld-linux[\w-]*)\.so/, 'libc6'],
  [/^libstdc\+\+\.so/, 'libstdc++6'],
  [/^libgcc_s\.so/, 'libgcc-s1'],
  [/^libatomic\.so/, 'libatomic1'],
  [/^libfuse\.so\.2$/, undefined],
];
/** The first release of GCC, which is the version of libstdc++6, with a version of symbols. */
const GCC_OF_GLIBCXX = { 28: '10', 29: '11', 30: '12', 31: '13', 32: '13.1', 33: '14' };

const highest = (versions) =>
  versions.sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1) ?? '0';

/** The binaries below a folder. */
export function binariesBelow(folder) {
  return filesBelow(folder).filter((file) => /\.node$|\.so(?:\.\d+)*$|\/node$/.test(file));
}

/** `{ glibc, depends }` for the binaries; throws for a library of a package that is not known here. */
export function systemNeeds(binaries) {
  const text = binaries.map((file) => run('readelf', ['--wide', '-d', '-V', file], { maxBuffer: 64 << 20 })).join('\n');
  const libraries = new Set([...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name));
  const needed = new Set();
  for (const library of libraries) {
    const found = PACKAGES.find(([pattern]) => pattern.test(library));
    if (found === undefined) throw new Error(`no package is known for ${library}: see packaging/steps/needs.mjs`);
    if (found[1] !== undefined) needed.add(found[1]);
  }
  const versions = (name) => [...text.matchAll(new RegExp(`Name: ${name}_([\\d.]+)`, 'g'))].map(([, one]) => one);
  const glibc = highest(versions('GLIBC'));
  const minor = Number(highest(versions('GLIBCXX')).split('.')[2] ?? 0);
  const least = { libc6: glibc, 'libstdc++6': minor < 28 ? '5' : GCC_OF_GLIBCXX[minor] };
  if (needed.has('libstdc++6') && least['libstdc++6'] === undefined)
    throw new Error(`GLIBCXX_3.4.${minor} is of an unknown GCC: see packaging/steps/needs.mjs`);
  const depends = [...needed].sort().map((name) => (least[name] === undefined ? name : `${name} (>= ${least[name]})`));
  return { glibc, depends };
}
