import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes from the start of a file that {@link elfMachine} needs. */
const HEAD_BYTES = 20;

/** Numbers of elf.h (`e_machine`), by Node's names for the processors. */
const MACHINES: ReadonlyMap<number, string> = new Map([
  [3, 'ia32'],
  [21, 'ppc64'],
  [22, 's390x'],
  [40, 'arm'],
  [62, 'x64'],
  [183, 'arm64'],
  [243, 'riscv64'],
  [258, 'loong64'],
]);

/** The processor that an ELF file is for; undefined where the bytes are no ELF file. */
export function elfMachine(head: Uint8Array): string | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.byteLength < HEAD_BYTES || view.getUint32(0) !== 0x7f45_4c46) return undefined;
  const isLittleEndian = view.getUint8(5) === 1;
  const machine = view.getUint16(18, isLittleEndian);
  return MACHINES.get(machine) ?? `machine ${machine}`;
}

/** The same of a file; undefined where it cannot be read. */
export function elfMachineOf(file: string): string | undefined {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return elfMachine(head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0)));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
