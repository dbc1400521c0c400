/** Codewords for error correction in each block, and number of blocks, by version 1 to 40 at level L (ISO/IEC 18004). */
const CORRECTION = [
  7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30,
  30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
];
const BLOCKS = [
  1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19,
  20, 21, 22, 24, 25,
];
const QUIET = 4;

/** A QR code of the text in half-block characters, dark on light, with its quiet zone; undefined where the text is too long. */
export function qrLines(text: string): string[] | undefined {
  const modules = qrModules(text);
  if (modules === undefined) return undefined;
  const size = modules.length;
  const isDark = (x: number, y: number): boolean => modules[y - QUIET]?.[x - QUIET] === true;
  const lines: string[] = [];
  // Two rows a line. What is printed is the light part, as terminals are mostly dark; cameras read both ways.
  for (let y = 0; y < size + 2 * QUIET; y += 2) {
    let line = '';
    for (let x = 0; x < size + 2 * QUIET; x++) {
      const upper = !isDark(x, y);
      const lower = !isDark(x, y + 1);
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }
    lines.push(line);
  }
  return lines;
}

/** True where a module is dark, by row and column; undefined where the text is too long for any QR code. */
export function qrModules(text: string): boolean[][] | undefined {
  const bytes = Buffer.from(text);
  for (let version = 1; version <= 40; version++) {
    const capacity = dataCodewords(version);
    const lengthBits = version < 10 ? 8 : 16;
    if (4 + lengthBits + 8 * bytes.length > 8 * capacity) continue;
    return draw(version, interleave(version, encode(bytes, lengthBits, capacity)));
  }
  return undefined;
}

/** Modules left for codewords once the patterns are drawn, in whole bytes. */
function rawCodewords(version: number): number {
  let bits = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const marks = Math.floor(version / 7) + 2;
    bits -= (25 * marks - 10) * marks - 55;
    if (version >= 7) bits -= 36;
  }
  return bits >> 3;
}

function dataCodewords(version: number): number {
  return rawCodewords(version) - at(CORRECTION, version - 1) * at(BLOCKS, version - 1);
}

function encode(bytes: Uint8Array, lengthBits: number, capacity: number): number[] {
  const bits: number[] = [];
  const put = (value: number, length: number): void => {
    for (let index = length - 1; index >= 0; index--) bits.push((value >>> index) & 1);
  };
  put(4, 4);
  put(bytes.length, lengthBits);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, capacity * 8 - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < capacity * 8; pad ^= 0xec ^ 0x11) put(pad, 8);
  const words: number[] = [];
  for (let index = 0; index < bits.length; index += 8)
    words.push(bits.slice(index, index + 8).reduce((word, bit) => (word << 1) | bit, 0));
  return words;
}

/** Splits into blocks, adds each one's error correction, and takes from the blocks in turn. */
function interleave(version: number, data: readonly number[]): number[] {
  const count = at(BLOCKS, version - 1);
  const correction = at(CORRECTION, version - 1);
  const short = Math.floor(rawCodewords(version) / count) - correction;
  const longFrom = count - (rawCodewords(version) % count);
  const divisor = generator(correction);
  const blocks: { data: readonly number[]; check: number[] }[] = [];
  for (let index = 0, start = 0; index < count; index++) {
    const length = short + (index < longFrom ? 0 : 1);
    const part = data.slice(start, start + length);
    blocks.push({ data: part, check: remainder(part, divisor) });
    start += length;
  }
  const words: number[] = [];
  for (let index = 0; index <= short; index++)
    for (const block of blocks) {
      const word = block.data[index];
      if (word !== undefined) words.push(word);
    }
  for (let index = 0; index < correction; index++) for (const { check } of blocks) words.push(at(check, index));
  return words;
}

/** Product in GF(2^8) over x^8 + x^4 + x^3 + x^2 + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product;
}

function generator(degree: number): number[] {
  const polynomial = Array.from({ length: degree }, () => 0);
  polynomial[degree - 1] = 1;
  let root = 1;
  for (let step = 0; step < degree; step++) {
    for (let index = 0; index < degree; index++)
      polynomial[index] = times(at(polynomial, index), root) ^ (polynomial[index + 1] ?? 0);
    root = times(root, 2);
  }
  return polynomial;
}

function remainder(data: readonly number[], divisor: readonly number[]): number[] {
  const rest = divisor.map(() => 0);
  for (const word of data) {
    const factor = word ^ (rest.shift() ?? 0);
    rest.push(0);
    divisor.forEach((coefficient, index) => (rest[index] = at(rest, index) ^ times(coefficient, factor)));
  }
  return rest;
}

function draw(version: number, words: readonly number[]): boolean[][] {
  const size = version * 4 + 17;
  const dark = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  const fixed = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  const set = (x: number, y: number, value: boolean): void => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    (dark[y] ?? [])[x] = value;
    (fixed[y] ?? [])[x] = true;
  };
  drawPatterns(version, size, set);
  drawFormat(size, set);
  drawVersion(version, size, set);
  placeWords(size, dark, fixed, words);
  return dark;
}

type Set = (x: number, y: number, value: boolean) => void;

function drawPatterns(version: number, size: number, set: Set): void {
  for (let index = 0; index < size; index++) {
    set(6, index, index % 2 === 0);
    set(index, 6, index % 2 === 0);
  }
  const marks = alignmentPlaces(version, size);
  for (const x of marks)
    for (const y of marks) {
      const isCorner = (x === 6 && (y === 6 || y === size - 7)) || (x === size - 7 && y === 6);
      if (!isCorner) square(x, y, 2, [0, 2], set);
    }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    square(x, y, 4, [0, 1, 3], set);
}

/** Rings around a centre; those whose distance is listed are dark. */
function square(x: number, y: number, reach: number, darkRings: readonly number[], set: Set): void {
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++)
      set(x + dx, y + dy, darkRings.includes(Math.max(Math.abs(dx), Math.abs(dy))));
}

function alignmentPlaces(version: number, size: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const places = Array.from({ length: count - 1 }, (_, index) => size - 7 - index * step);
  return [6, ...places.reverse()];
}

/** Level L and mask 0, with their own error correction. */
function drawFormat(size: number, set: Set): void {
  const data = (1 << 3) | 0;
  let rest = data;
  for (let step = 0; step < 10; step++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const bit = (index: number): boolean => ((bits >>> index) & 1) !== 0;
  for (let index = 0; index <= 5; index++) set(8, index, bit(index));
  set(8, 7, bit(6));
  set(8, 8, bit(7));
  set(7, 8, bit(8));
  for (let index = 9; index < 15; index++) set(14 - index, 8, bit(index));
  for (let index = 0; index < 8; index++) set(size - 1 - index, 8, bit(index));
  for (let index = 8; index < 15; index++) set(8, size - 15 + index, bit(index));
  set(8, size - 8, true);
}

function drawVersion(version: number, size: number, set: Set): void {
  if (version < 7) return;
  let rest = version;
  for (let step = 0; step < 12; step++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let index = 0; index < 18; index++) {
    const value = ((bits >>> index) & 1) !== 0;
    const across = size - 11 + (index % 3);
    const along = Math.floor(index / 3);
    set(across, along, value);
    set(along, across, value);
  }
}

/** Two columns at a time from the right, up and down in turn, masked with the checkerboard. */
function placeWords(size: number, dark: boolean[][], fixed: readonly boolean[][], words: readonly number[]): void {
  let index = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++)
      for (const x of [right, right - 1]) {
        const upward = ((right + 1) & 2) === 0;
        const y = upward ? size - 1 - step : step;
        if (fixed[y]?.[x] === true) continue;
        const word = words[index >> 3] ?? 0;
        const value = ((word >>> (7 - (index & 7))) & 1) !== 0;
        (dark[y] ?? [])[x] = value !== ((x + y) % 2 === 0);
        index++;
      }
  }
}

function at(list: readonly number[], index: number): number {
  return list[index] ?? 0;
}
