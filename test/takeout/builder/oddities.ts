import { execFileSync } from 'node:child_process';
import { copyFileSync, renameSync, truncateSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { noise } from '../../emulator/filler.js';
import { addEntries, changeEntry, flipByte, zipOf } from './zip-surgery.js';

/** What a reader must make of the entries that were added or damaged. */
export interface Oddity {
  /** Paths as the archive has them; a name that is not UTF-8 stands as Latin-1. */
  readonly paths: readonly string[];
  /** `refused`: counted as refused. `unreadable`: a json that is counted so. `bytes`: listed, and reading it fails. `conflict`: two items. */
  readonly effect: 'refused' | 'unreadable' | 'bytes' | 'conflict';
}

const SMALL = Buffer.from('hostile\n');

/** Entries that must never leave their place: parents, absolute paths, NUL, backslash, a drive, empty parts. */
export function hostileNames(file: string, folder = 'Takeout/Google Photos/Photos from 2023'): Oddity {
  const paths = [
    `${folder}/../../../../escaped.jpg`,
    `../outside.jpg`,
    `/absolute.jpg`,
    `C:/drive.jpg`,
    `${folder}/back\\..\\slash.jpg`,
    `${folder}/nul\0byte.jpg`,
    `${folder}/./dot.jpg`,
    `${folder}//empty.jpg`,
  ];
  addEntries(
    file,
    paths.map((name) => ({ name, bytes: SMALL })),
  );
  return { paths, effect: 'refused' };
}

/** A link to /etc/passwd that is named like a photograph. */
export function symlinkEntry(file: string, path = 'Takeout/Google Photos/Photos from 2023/link.jpg'): Oddity {
  addEntries(file, [{ name: path, bytes: Buffer.from('/etc/passwd'), mode: 0o120777 }]);
  return { paths: [path], effect: 'refused' };
}

/** The path of an entry once more in the same file, with other bytes. */
export function duplicatePath(file: string, path: string): Oddity {
  addEntries(file, [{ name: path, bytes: Buffer.from('the same path, other bytes\n') }]);
  return { paths: [path], effect: 'refused' };
}

/** The path of an entry of another part, with other bytes: both are kept. */
export function conflictingPath(file: string, path: string): Oddity {
  addEntries(file, [{ name: path, bytes: noise(9, 700).read(0, 700) }]);
  return { paths: [path], effect: 'conflict' };
}

/** The directory states another CRC than the bytes have. */
export function wrongCrc(file: string, path: string): Oddity {
  changeEntry(file, path, () => ({ crc: 0x0badc0de }));
  return { paths: [path], effect: 'bytes' };
}

/** One byte of the data is another: a stored entry reads through, and its CRC is wrong. */
export function damagedBytes(file: string, path: string): Oddity {
  flipByte(file, path);
  return { paths: [path], effect: 'bytes' };
}

/** A bomb: a deflated entry that unpacks to `size` bytes (default 64 MiB) and states 1,000. */
export function declaredTooSmall(file: string, path: string, size = 64 * 1024 * 1024): Oddity {
  addEntries(file, [{ name: path, bytes: Buffer.alloc(size), deflated: true, size: 1000 }]);
  return { paths: [path], effect: 'bytes' };
}

/**
 * An entry that ends before its stated size. Of a stored entry packed and unpacked size differ then, which some readers take for a
 * fault of the whole archive; a deflated one is found short only when it is read.
 */
export function declaredTooLarge(file: string, path: string): Oddity {
  changeEntry(file, path, (size) => ({ size: size + 1_000_000 }));
  return { paths: [path], effect: 'bytes' };
}

/** The flag of an encrypted entry. */
export function encrypted(file: string, path: string): Oddity {
  changeEntry(file, path, (_, flags) => ({ flags: flags | 1 }));
  return { paths: [path], effect: 'bytes' };
}

/** A valid sidecar of `size` bytes (default 100 MB), which deflate to a thousandth. */
export function hugeJson(
  file: string,
  path = 'Takeout/Google Photos/Photos from 2023/huge.jpg.json',
  size = 100_000_000,
): Oddity {
  const head = Buffer.from('{"title":"huge.jpg","photoTakenTime":{"timestamp":"1690000000"},"description":"');
  const bytes = Buffer.alloc(size, ' ');
  head.copy(bytes);
  bytes.write('"}', size - 2, 'latin1');
  addEntries(file, [{ name: path, bytes, deflated: true }]);
  return { paths: [path], effect: 'unreadable' };
}

/** Json files that no parser takes: cut off, empty, text, not UTF-8, nested 100,000 deep. */
export function brokenJson(file: string, folder = 'Takeout/Google Photos/Photos from 2023'): Oddity {
  const broken: [string, Buffer][] = [
    ['cut.jpg.json', Buffer.from('{"title":"cut.jpg","photoTakenTime":{"timest')],
    ['empty.jpg.json', Buffer.alloc(0)],
    ['text.jpg.json', Buffer.from('<html>Sorry</html>')],
    ['binary.jpg.json', noise(7, 300).read(0, 300)],
    ['deep.jpg.json', Buffer.from('['.repeat(100_000))],
  ];
  addEntries(
    file,
    broken.map(([name, bytes]) => ({ name: `${folder}/${name}`, bytes })),
  );
  return { paths: broken.map(([name]) => `${folder}/${name}`), effect: 'unreadable' };
}

/** A download that broke off: only this share of the file is there. The central directory is lost. */
export function truncated(file: string, share = 0.7): void {
  truncateSync(file, Math.floor(statSync(file).size * share));
}

/** The name of a download that goes on. Returns the new path. */
export function unfinishedDownload(file: string, ending = '.crdownload'): string {
  renameSync(file, `${file}${ending}`);
  return `${file}${ending}`;
}

/** The same part downloaded again: `name (1).zip` beside it. Returns the path of the copy. */
export function downloadedAgain(file: string): string {
  const copy = file.replace(/\.zip$/, ' (1).zip');
  copyFileSync(file, copy);
  return copy;
}

/** Another part with the number of `file` and other content, in another folder. Returns its path. */
export function sameNumberOtherContent(file: string, folder: string): string {
  const other = join(folder, basename(file));
  writeFileSync(other, zipOf([photoEntry('other-content.jpg')]));
  return other;
}

function photoEntry(name: string): { name: string; bytes: Buffer } {
  return { name: `Takeout/Google Photos/Photos from 2023/${name}`, bytes: noise(3, 500).read(0, 500) };
}

/** An export of other services only. */
export function withoutGooglePhotos(folder: string): string {
  return written(folder, 'takeout-20260302T101112Z-001.zip', [
    { name: 'Takeout/Mail/All mail.mbox', bytes: Buffer.from('From nobody\n') },
    { name: 'Takeout/Keep/Note.json', bytes: Buffer.from('{"title":"Milk","textContent":"and bread"}') },
    { name: 'Takeout/archive_browser.html', bytes: Buffer.from('<html></html>') },
  ]);
}

/** A zip file of other things, named as a person names them. */
export function noTakeout(folder: string): string {
  return written(folder, 'holiday.zip', [
    { name: 'src/main.c', bytes: Buffer.from('int main(void) { return 0; }\n') },
    { name: 'README', bytes: Buffer.from('Not a Takeout.\n') },
  ]);
}

/** Google's page in place of an archive, as a download without a sign-in saves it. */
export function pageInsteadOfZip(folder: string): string {
  const file = join(folder, 'takeout-20260303T101112Z-001.zip');
  writeFileSync(file, '<!doctype html><title>Sign in</title>\n'.repeat(100));
  return file;
}

/** What Google sends where a person chose .tgz. */
export function tarInsteadOfZip(folder: string): string {
  const file = join(folder, 'takeout-20260304T101112Z-001.tgz');
  writeFileSync(file, gzipSync(Buffer.alloc(10_240)));
  return file;
}

/** An archive without an entry. */
export function emptyZip(folder: string): string {
  return written(folder, 'takeout-20260305T101112Z-001.zip', []);
}

/** A FIFO with the name of a part: whatever opens it to read hangs. Needs mkfifo. */
export function fifo(folder: string): string {
  const file = join(folder, 'takeout-20260306T101112Z-001.zip');
  execFileSync('mkfifo', [file]);
  return file;
}

/** Puts the bytes of another part in place of a part, at once, as a sync program does. */
export function replaced(file: string, by: string): void {
  const fresh = join(dirname(file), `.${basename(file)}.new`);
  copyFileSync(by, fresh);
  renameSync(fresh, file);
}

function written(folder: string, name: string, entries: { name: string; bytes: Buffer }[]): string {
  const file = join(folder, name);
  writeFileSync(file, zipOf(entries));
  return file;
}
