import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { hash32 } from '../../emulator/random.js';
import { pictureOf } from './pictures.js';
import { threeDigits } from './write-export.js';
import { localHeader, type RawEntry } from './zip-records.js';
import { ZipWriter } from './zip-writer.js';

export interface BigExport {
  readonly name: string;
  readonly files: readonly string[];
  /** As asked for. */
  readonly entries: number;
  readonly items: number;
  readonly copies: number;
  readonly sidecars: number;
  readonly albums: number;
  readonly bytes: number;
  /** How long the writing took. */
  readonly milliseconds: number;
}

const SERVICE = 'Takeout/Google Photos';
/** One photograph in so many lies in an album as well. */
const COPY_EVERY = 10;
const ALBUMS = 100;
const FIRST_DAY = Date.UTC(2005, 0, 1);
const SECONDS_APART = 10_000;
const UTF8 = 1 << 11;

/**
 * Quickly writes an export of very many entries: stored media of some 330 bytes, deflated sidecars, both scattered over all parts,
 * year folders since 2005, a tenth of the photographs in one of 100 albums as well. Memory is small: 1 MiB and the central
 * directory for each part. `entries` is at least 1,000, an even number.
 */
export function bigExport(folder: string, entries: number, parts: number, stamp = '20260310T101112Z'): BigExport {
  const began = performance.now();
  const name = `takeout-${stamp}`;
  const writers = Array.from(
    { length: parts },
    (_, index) => new ZipWriter(join(folder, `${name}-${threeDigits(index + 1)}.zip`)),
  );
  const writerOf = (number: number): ZipWriter => {
    const writer = writers[hash32(number, 0xb16) % parts];
    if (writer === undefined) throw new RangeError('an export has at least one part');
    return writer;
  };
  const template = pictureOf({ kind: 'jpeg', seed: 1, size: 0, timeMs: undefined });
  let written = 0;
  const put = (path: string, bytes: Buffer, crc: number, isDeflated: boolean): void => {
    const data = isDeflated ? deflateRawSync(bytes, { level: 1 }) : bytes;
    const entry: RawEntry = {
      name: Buffer.from(path),
      method: isDeflated ? 8 : 0,
      flags: UTF8,
      crc,
      packed: data.length,
      size: bytes.length,
      mode: 0o100644,
    };
    const writer = writerOf(written);
    writer.record(entry, writer.offset);
    writer.write(localHeader(entry));
    writer.write(data);
    written += 1;
  };
  const albums = Array.from({ length: ALBUMS }, (_, index) => `Album ${index}`);
  // An even number of entries is left for pairs of media and sidecar.
  for (const album of albums) {
    const json = Buffer.from(JSON.stringify({ title: album, description: '' }));
    put(`${SERVICE}/${album}/metadata.json`, json, crc32(json), true);
  }
  let items = 0;
  let copies = 0;
  while (written < entries) {
    const taken = FIRST_DAY / 1000 + items * SECONDS_APART;
    const title = `IMG_${String(items).padStart(7, '0')}.jpg`;
    // In the comment of the picture: makes its bytes unique.
    template.writeUInt32LE(items, 8);
    const sidecar = Buffer.from(sidecarOf(title, taken, items));
    const crcs = [crc32(template), crc32(sidecar)] as const;
    const putInto = (place: string): void => {
      put(`${SERVICE}/${place}/${title}`, template, crcs[0], false);
      put(`${SERVICE}/${place}/${title}.supplemental-metadata.json`, sidecar, crcs[1], true);
    };
    putInto(`Photos from ${new Date(taken * 1000).getUTCFullYear()}`);
    if (items % COPY_EVERY === 0 && written < entries) {
      putInto(albums[(items / COPY_EVERY) % ALBUMS] ?? 'Album 0');
      copies += 1;
    }
    items += 1;
  }
  for (const writer of writers) writer.end();
  return {
    name,
    files: writers.map(({ file }) => file),
    entries: written,
    items,
    copies,
    sidecars: items + copies,
    albums: ALBUMS,
    bytes: writers.reduce((sum, { offset }) => sum + offset, 0),
    milliseconds: performance.now() - began,
  };
}

function sidecarOf(title: string, taken: number, number: number): string {
  const latitude = (hash32(number, 1) % 1_800_000) / 10_000 - 90;
  const longitude = (hash32(number, 2) % 3_600_000) / 10_000 - 180;
  return JSON.stringify(
    {
      title,
      description: '',
      imageViews: '3',
      creationTime: { timestamp: String(taken + 86_400), formatted: '' },
      photoTakenTime: { timestamp: String(taken), formatted: new Date(taken * 1000).toUTCString() },
      geoData: { latitude, longitude, altitude: 12.5, latitudeSpan: 0, longitudeSpan: 0 },
      ...(number % 7 === 0 ? { people: [{ name: 'Ada' }] } : {}),
      url: `https://photos.google.com/photo/AF1Qip${hash32(number, 3).toString(36)}`,
      ...(number % 20 === 0 ? { favorited: true } : {}),
    },
    null,
    2,
  );
}
