/** What the boxes of an MP4, MOV, HEIC or AVIF file state, as far as they lie in its head. */
export interface BoxFacts {
  /** Milliseconds since the epoch. */
  readonly instant: number | undefined;
  /** As shown. */
  readonly pixels: { readonly width: number; readonly height: number } | undefined;
}

interface Box {
  readonly type: string;
  /** Of its content, after size and type. */
  readonly start: number;
  /** Where it ends, or the head. */
  readonly end: number;
}

const HEADER_BYTES = 8;
/** The times of these files begin in 1904. */
const EPOCH_OFFSET_S = 2_082_844_800;
/** Version and flags of a full box. */
const FULL_BYTES = 4;

/** MP4, MOV, HEIC and AVIF files consist of boxes. */
export function isBoxed(head: Uint8Array): boolean {
  return typeAt(view(head), 4) === 'ftyp';
}

export function readBoxes(head: Uint8Array): BoxFacts {
  const data = view(head);
  const top = boxesIn(data, { type: '', start: 0, end: data.byteLength });
  const movie = top.find(({ type }) => type === 'moov');
  if (movie !== undefined) return movieFacts(data, movie);
  const meta = top.find(({ type }) => type === 'meta');
  return { instant: undefined, pixels: meta === undefined ? undefined : picturePixels(data, meta) };
}

function movieFacts(data: DataView, movie: Box): BoxFacts {
  const inside = boxesIn(data, movie);
  const header = inside.find(({ type }) => type === 'mvhd');
  const tracks = inside
    .filter(({ type }) => type === 'trak')
    .flatMap((track) => boxesIn(data, track).filter(({ type }) => type === 'tkhd'));
  return {
    instant: header === undefined ? undefined : creationTime(data, header),
    pixels: tracks.map((track) => trackPixels(data, track)).find((pixels) => pixels !== undefined),
  };
}

function creationTime(data: DataView, { start, end }: Box): number | undefined {
  const isLong = isLongForm(data, start, end);
  const at = start + FULL_BYTES;
  if (isLong === undefined || at + 8 > end) return undefined;
  const seconds = (isLong ? Number(data.getBigUint64(at)) : data.getUint32(at)) - EPOCH_OFFSET_S;
  // 0 stands for none; some programs count from 1970.
  return seconds > 0 && seconds < 2 ** 32 ? seconds * 1000 : undefined;
}

/** Sizes are 16.16 fixed point. A matrix that turns by a quarter has zeros on its diagonal. */
function trackPixels(data: DataView, { start, end }: Box): BoxFacts['pixels'] {
  const isLong = isLongForm(data, start, end);
  const matrix = start + (isLong === true ? 52 : 40);
  if (isLong === undefined || matrix + 44 > end) return undefined;
  const width = data.getUint16(matrix + 36);
  const height = data.getUint16(matrix + 40);
  const isTurned = data.getInt32(matrix) === 0 && data.getInt32(matrix + 16) === 0;
  return shown(width, height, isTurned);
}

/** A picture in tiles has the sizes of tiles and of the preview too: it is larger than those. Turns are those of all of them. */
function picturePixels(data: DataView, meta: Box): BoxFacts['pixels'] {
  const properties = boxesIn(data, { ...meta, start: meta.start + FULL_BYTES })
    .filter(({ type }) => type === 'iprp')
    .flatMap((one) => boxesIn(data, one).filter(({ type }) => type === 'ipco'))
    .flatMap((one) => boxesIn(data, one));
  const isTurned = properties.some(
    ({ type, start, end }) => type === 'irot' && start < end && data.getUint8(start) % 2 === 1,
  );
  let largest: BoxFacts['pixels'];
  for (const { type, start, end } of properties) {
    if (type !== 'ispe' || start + 12 > end) continue;
    const found = shown(data.getUint32(start + 4), data.getUint32(start + 8), isTurned);
    if (found !== undefined && found.width * found.height > (largest?.width ?? 0) * (largest?.height ?? 0))
      largest = found;
  }
  return largest;
}

function shown(width: number, height: number, isTurned: boolean): BoxFacts['pixels'] {
  if (width === 0 || height === 0 || width > 1_000_000 || height > 1_000_000) return undefined;
  return isTurned ? { width: height, height: width } : { width, height };
}

/** Version 1 has times of 64 bits; undefined for one that is not known. */
function isLongForm(data: DataView, start: number, end: number): boolean | undefined {
  const version = start < end ? data.getUint8(start) : 255;
  return version > 1 ? undefined : version === 1;
}

function boxesIn(data: DataView, { start, end }: Box): Box[] {
  const boxes: Box[] = [];
  for (let at = start; at + HEADER_BYTES <= end;) {
    const short = data.getUint32(at);
    const isLong = short === 1 && at + 2 * HEADER_BYTES <= end;
    const size = isLong ? Number(data.getBigUint64(at + HEADER_BYTES)) : short === 0 ? end - at : short;
    const content = at + (isLong ? 2 * HEADER_BYTES : HEADER_BYTES);
    if (size < content - at) break;
    boxes.push({ type: typeAt(data, at + 4), start: content, end: Math.min(at + size, end) });
    at += size;
  }
  return boxes;
}

function typeAt(data: DataView, at: number): string {
  return at + 4 > data.byteLength
    ? ''
    : String.fromCharCode(...[0, 1, 2, 3].map((offset) => data.getUint8(at + offset)));
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
