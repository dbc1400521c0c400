/** One kernel request that waits for its answer. Answering twice, or never, breaks the thread that waits. */
export type FuseRequest = Buffer & { readonly __brand: 'FuseRequest' };

/** Negative errno, 0, or a count, as the operation wants it. */
type Result = number;

/** Answers with a result alone. */
export type PlainSignal = (request: FuseRequest, result: Result) => void;
/**
 * Answers with numbers that are copied before the call returns; they are copied on failure too, so they must be there.
 */
export type WordsSignal = (request: FuseRequest, result: Result, words: Uint32Array) => void;
/** Answers with a handle; 0 leaves it unset. */
export type HandleSignal = (request: FuseRequest, result: Result, handle: number) => void;
/** Answers and gives the kernel's memory back: `memory` is detached by the call. */
export type MemorySignal = (request: FuseRequest, result: Result, memory: ArrayBufferLike) => void;
/** As {@link MemorySignal}; the third argument is not looked at. */
export type TransferSignal = (request: FuseRequest, result: Result, unused: 0, memory: ArrayBufferLike) => void;
/** Each stat is looked at only where there are as many as names. Both must be arrays on failure too. */
export type ListSignal = (request: FuseRequest, result: Result, names: string[], stats: Uint32Array[]) => void;

interface Signals {
  readonly init: PlainSignal;
  readonly access: PlainSignal;
  readonly statfs: WordsSignal;
  readonly fgetattr: WordsSignal;
  readonly getattr: WordsSignal;
  readonly readdir: ListSignal;
  readonly truncate: PlainSignal;
  readonly ftruncate: PlainSignal;
  readonly utimens: PlainSignal;
  readonly chown: PlainSignal;
  readonly chmod: PlainSignal;
  readonly mknod: PlainSignal;
  readonly setxattr: MemorySignal;
  readonly getxattr: MemorySignal;
  readonly listxattr: MemorySignal;
  readonly removexattr: PlainSignal;
  readonly open: HandleSignal;
  readonly read: TransferSignal;
  readonly write: TransferSignal;
  readonly release: PlainSignal;
  readonly create: HandleSignal;
  readonly unlink: PlainSignal;
  readonly rename: PlainSignal;
  readonly link: PlainSignal;
  readonly symlink: PlainSignal;
  readonly mkdir: PlainSignal;
  readonly rmdir: PlainSignal;
}

export type OperationName = keyof Signals;

/** What the binding calls for an operation: the waiting request, its opcode, then the operation's own arguments. */
type Handler<Arguments extends readonly unknown[]> = (
  request: FuseRequest,
  opcode: number,
  ...operation: Arguments
) => void;

/** Offsets, sizes and times come as two unsigned halves, low first. */
export interface FuseHandlers {
  readonly init: Handler<[]>;
  readonly access: Handler<[path: string, mode: number]>;
  readonly statfs: Handler<[path: string]>;
  readonly fgetattr: Handler<[path: string, handle: number]>;
  readonly getattr: Handler<[path: string]>;
  readonly readdir: Handler<[path: string]>;
  readonly truncate: Handler<[path: string, sizeLow: number, sizeHigh: number]>;
  readonly ftruncate: Handler<[path: string, handle: number, sizeLow: number, sizeHigh: number]>;
  readonly utimens: Handler<[path: string, ...halves: number[]]>;
  readonly chown: Handler<[path: string, uid: number, gid: number]>;
  readonly chmod: Handler<[path: string, mode: number]>;
  readonly mknod: Handler<[path: string, mode: number, device: number]>;
  readonly setxattr: Handler<[path: string, name: string, value: Buffer, position: number, flags: number]>;
  readonly getxattr: Handler<[path: string, name: string, buffer: Buffer, position: number]>;
  readonly listxattr: Handler<[path: string, buffer: Buffer]>;
  readonly removexattr: Handler<[path: string, name: string]>;
  readonly open: Handler<[path: string, flags: number]>;
  readonly read: Handler<TransferArguments>;
  readonly write: Handler<TransferArguments>;
  readonly release: Handler<[path: string, handle: number]>;
  readonly create: Handler<[path: string, mode: number]>;
  readonly unlink: Handler<[path: string]>;
  readonly rename: Handler<[from: string, to: string]>;
  readonly link: Handler<[from: string, to: string]>;
  readonly symlink: Handler<[target: string, path: string]>;
  readonly mkdir: Handler<[path: string, mode: number]>;
  readonly rmdir: Handler<[path: string]>;
}

type TransferArguments = [
  path: string,
  handle: number,
  buffer: Buffer,
  length: number,
  offsetLow: number,
  offsetHigh: number,
];

/**
 * The native half of fuse-native. Its JavaScript half is left out: that one defers every answer to the next tick, may
 * add a timer to each call, and drops options that are falsy.
 */
export type FuseBinding = {
  readonly [Name in OperationName as `op_${Name}`]: number;
} & {
  readonly [Name in OperationName as `fuse_native_signal_${Name}`]: Signals[Name];
} & {
  /** Bytes of the memory that one mount needs for as long as the process lives. */
  readonly sizeof_fuse_thread_t: number;
  /**
   * Mounts and starts the thread that serves. Strings are cut at 1,023 bytes. Throws 'fuse failed' without a reason.
   */
  fuse_native_mount(
    mountpoint: string,
    options: string,
    thread: Buffer,
    context: object,
    allocate: (size: number) => Buffer,
    handlers: readonly unknown[],
    implemented: Uint32Array,
  ): void;
  /** Unmounts nothing: only lets the event loop end. */
  fuse_native_unmount(mountpoint: string, thread: Buffer): void;
};

/** The binding's fixed size of its tables of operations. */
const OPERATION_SLOTS = 35;

/** Lays the handlers out as the binding wants them: by opcode, and a mark for each that is there. */
export function handlerTable(
  binding: FuseBinding,
  handlers: FuseHandlers,
): { readonly table: unknown[]; readonly implemented: Uint32Array } {
  const table: unknown[] = [];
  const implemented = new Uint32Array(OPERATION_SLOTS);
  for (const name of Object.keys(handlers) as OperationName[]) {
    const opcode = binding[`op_${name}`];
    table[opcode] = handlers[name];
    implemented[opcode] = 1;
  }
  return { table, implemented };
}
