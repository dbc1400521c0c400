/** Bytes from the start of a file that {@link machArchitectures} needs. */
export const MACH_HEAD_BYTES = 4096;

const THIN_64 = 0xfeedfacf;
const THIN_32 = 0xfeedface;
const FAT = 0xcafebabe;
const FAT_64 = 0xcafebabf;
/** A file with more slices is not a library, but a Java class file, which begins with the same four bytes. */
const MOST_SLICES = 16;

/** CPU types of mach/machine.h, by Node's names where Node has one. */
const CPU_TYPES: ReadonlyMap<number, string> = new Map([
  [0x0100_000c, 'arm64'],
  [0x0100_0007, 'x64'],
  [7, 'ia32'],
  [18, 'ppc'],
  [0x0100_0012, 'ppc64'],
]);

/**
 * Architectures that a Mach-O file, or one with several slices, was built for; undefined where the bytes are no Mach-O
 * file.
 */
export function machArchitectures(head: Uint8Array): readonly string[] | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.byteLength < 8) return undefined;
  const name = (type: number): string => CPU_TYPES.get(type) ?? `cpu ${type}`;
  const thin = view.getUint32(0, true);
  if (thin === THIN_64 || thin === THIN_32) return [name(view.getUint32(4, true))];
  const fat = view.getUint32(0);
  if (fat !== FAT && fat !== FAT_64) return undefined;
  const slices = view.getUint32(4);
  const bytes = fat === FAT ? 20 : 32;
  if (slices === 0 || slices > MOST_SLICES || 8 + slices * bytes > view.byteLength) return undefined;
  return Array.from({ length: slices }, (_, index) => name(view.getUint32(8 + index * bytes)));
}
