import { openSync, readFileSync, readSync } from 'node:fs';
import type { FuseRequest } from './fuse-binding.js';

/** Access to the memory of this process. Tests simulate failures here. */
export interface OwnMemory {
  /** Bytes at an address; throws where nothing is mapped. */
  read(address: number, length: number): Buffer;
  /** End of the writable mapping that holds the address; undefined where there is none. */
  endOf(address: number): number | undefined;
}

const WORD = 8;
/**
 * Bytes searched above the position in a stack. The thread-specific values lie at the top of the stack, within this
 * distance.
 */
const STACK_WINDOW = 65_536;
/** Bytes compared to recognise a buffer at an address. */
const SAMPLE = 64;
/** Keys of thread-specific values that libc keeps in the thread's own block. */
const NEAR_KEYS = 32;
/** Distance of two thread-specific values: glibc keeps a sequence number with each, musl does not. */
const STRIDES = [16, 8];
/** libfuse's `struct fuse_context`: `fuse`, `uid`, `gid`, `pid`, `private_data`. */
const CONTEXT = { fuse: 0, pid: 16, privateData: 24, length: 32 };

/**
 * Finds which process a request came from. The binding does not pass that on, but libfuse keeps it in the
 * `fuse_context` of the thread that serves the request. The address of that context is one of the thread-specific
 * values, near the value that points to our request. It is searched for once in each thread; later requests compare two
 * pointers.
 */
export class RequestOrigins {
  readonly #thread: Buffer;
  readonly #memory: OwnMemory | undefined;
  readonly #contexts = new WeakMap<FuseRequest, { readonly address: number; readonly owner: number } | 'unknown'>();

  /** `thread`: the memory that the binding keeps for the mount. */
  constructor(thread: Buffer, memory: OwnMemory | undefined = systemMemory()) {
    this.#thread = thread;
    this.#memory = memory;
  }

  /** The thread (and so the process) that waits for the answer; undefined if unknown. */
  processOf(request: FuseRequest): number | undefined {
    const memory = this.#memory;
    if (memory === undefined) return undefined;
    try {
      let context = this.#contexts.get(request);
      if (context === undefined) {
        context = this.#find(request, memory) ?? 'unknown';
        this.#contexts.set(request, context);
      }
      if (context === 'unknown') return undefined;
      return this.#pidAt(context.address, context.owner, memory);
    } catch {
      return undefined;
    }
  }

  #find(request: FuseRequest, memory: OwnMemory): { address: number; owner: number } | undefined {
    const words = addressesIn(request);
    const self = words.find((address) => holds(memory, address, request));
    const owner = words.find((address) => holds(memory, address, this.#thread));
    if (self === undefined || owner === undefined) return undefined;
    const wanted = Buffer.alloc(WORD);
    wanted.writeBigUInt64LE(BigInt(self));
    for (const start of words) {
      const end = memory.endOf(start);
      if (end === undefined) continue;
      const window = read(memory, start, Math.min(STACK_WINDOW, end - start));
      if (window === undefined) continue;
      for (let at = window.indexOf(wanted); at >= 0; at = window.indexOf(wanted, at + 1)) {
        const address = this.#contextNear(window, at, owner, memory);
        if (address !== undefined) return { address, owner };
      }
    }
    return undefined;
  }

  #contextNear(window: Buffer, at: number, owner: number, memory: OwnMemory): number | undefined {
    for (const stride of STRIDES) {
      for (let key = -NEAR_KEYS; key <= NEAR_KEYS; key++) {
        const place = at + key * stride;
        if (key === 0 || place < 0 || place + WORD > window.length) continue;
        const address = addressAt(window, place);
        if (address !== undefined && this.#pidAt(address, owner, memory) !== undefined) return address;
      }
    }
    return undefined;
  }

  /** Undefined where there is no `fuse_context` of this mount. */
  #pidAt(address: number, owner: number, memory: OwnMemory): number | undefined {
    const context = read(memory, address, CONTEXT.length);
    if (context === undefined || addressAt(context, CONTEXT.privateData) !== owner) return undefined;
    const fuse = addressAt(context, CONTEXT.fuse);
    if (fuse === undefined || !addressesIn(this.#thread).includes(fuse)) return undefined;
    const pid = context.readUInt32LE(CONTEXT.pid);
    return pid === 0 ? undefined : pid;
  }
}

function holds(memory: OwnMemory, address: number, buffer: Buffer): boolean {
  const sample = buffer.subarray(0, SAMPLE);
  return read(memory, address, sample.length)?.equals(sample) === true;
}

function read(memory: OwnMemory, address: number, length: number): Buffer | undefined {
  try {
    return memory.read(address, length);
  } catch {
    return undefined;
  }
}

/** All values in a buffer that may be addresses of user space. */
function addressesIn(buffer: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + WORD <= buffer.length; at += WORD) {
    const address = addressAt(buffer, at);
    if (address !== undefined) found.push(address);
  }
  return found;
}

function addressAt(buffer: Buffer, at: number): number | undefined {
  const value = buffer.readBigUInt64LE(at);
  return value > 0xffffn && value < 1n << 47n ? Number(value) : undefined;
}

/** This process's own memory on Linux; undefined where it cannot be looked at. */
function systemMemory(): OwnMemory | undefined {
  if (process.platform !== 'linux') return undefined;
  let descriptor: number;
  try {
    descriptor = openSync('/proc/self/mem', 'r');
  } catch {
    return undefined;
  }
  return {
    read(address, length) {
      const bytes = Buffer.alloc(length);
      if (readSync(descriptor, bytes, 0, length, address) !== length) throw new Error('the mapping ends there');
      return bytes;
    },
    endOf(address) {
      for (const match of readFileSync('/proc/self/maps', 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)) {
        const [start, end] = [parseInt(match[1] ?? '', 16), parseInt(match[2] ?? '', 16)];
        if (address >= start && address < end) return end;
      }
      return undefined;
    },
  };
}
