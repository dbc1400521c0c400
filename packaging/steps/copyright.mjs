// The copyright file: the program, Node, libfuse, SQLite and each package of npm.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './common.mjs';

const paragraph = (fields) =>
  Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
const indented = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`))
    .join('\n');

/** `folders`: those of the packages, relative to `modules`. */
export function copyrightText(modules, folders) {
  const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
  const [, text = ''] = licence.split(/\n\n(?=Permission)/);
  const home = 'usr/lib/gphotos-mount';
  return [
    paragraph({
      Format: 'https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
      'Upstream-Name': 'gphotos-mount',
    }),
    paragraph({ Files: '*', Copyright: holder(licence), License: 'Expat' }),
    paragraph({
      Files: `${home}/bin/node`,
      Copyright: 'Node.js contributors, and those of the libraries in it',
      License: `Node\n The whole text is in /usr/share/doc/gphotos-mount/node-LICENSE.gz.`,
    }),
    paragraph({
      Files: `${home}/build/native/*/libfuse.so.2`,
      Copyright: '2001-2007 Miklos Szeredi <miklos@szeredi.hu>',
      License:
        'LGPL-2.1\n The library libfuse 2.9, whose sources are those of the Debian package fuse.\n The text is in /usr/share/common-licenses/LGPL-2.1.',
    }),
    ...folders.map((folder) => ofPackage(modules, folder, home)),
    `License: Expat\n${indented(text)}`,
  ]
    .join('\n\n')
    .concat('\n');
}

/** Debian keeps these texts for everybody. */
const COMMON = ['Apache-2.0', 'MPL-2.0'];

function ofPackage(modules, folder, home) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(modules, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(modules, folder)).find((entry) => /^licen[sc]e(?:\.(?:md|txt))?$/i.test(entry));
  const text = file === undefined ? '' : readFileSync(join(modules, folder, file), 'utf8');
  const who = typeof author === 'string' ? author : author?.name;
  const common = COMMON.find((one) => license === one);
  const place =
    common === undefined ? `/${home}/node_modules/${folder}/${file}` : `/usr/share/common-licenses/${common}`;
  const words =
    file === undefined && common === undefined ? `Under the licence ${license}.` : `The text is in ${place}.`;
  return paragraph({
    Files: `${home}/node_modules/${folder}/*`,
    Copyright: holder(text) || who || `the authors of ${name}`,
    Comment: `${name} ${version}`,
    License:
      license === 'MIT'
        ? 'Expat'
        : // One name for each package: the texts differ in the holders that they name.
          `${String(license ?? 'unknown').replace(/[^\w.+-]+/g, '-')}-${folder.replace(/[^\w.-]+/g, '-')}\n ${words}`,
  });
}

function holder(text) {
  return /^\s*(?:Copyright|\(c\))(?: \(c\))?:? *(.*\S)/im.exec(text)?.[1] ?? '';
}
