/** What the builder uses of yazl, which brings no types. */
declare module 'yazl' {
  import type { Readable } from 'node:stream';

  interface EntryOptions {
    readonly mtime?: Date;
    readonly mode?: number;
    readonly compress?: boolean;
    readonly forceZip64Format?: boolean;
  }

  export class ZipFile {
    readonly outputStream: Readable;
    addBuffer(bytes: Buffer, path: string, options?: EntryOptions): void;
    addReadStreamLazy(
      path: string,
      options: EntryOptions & { readonly size?: number },
      open: (done: (error: Error | null, stream: Readable) => void) => void,
    ): void;
    end(options?: { readonly forceZip64Format?: boolean }): void;
  }
}
