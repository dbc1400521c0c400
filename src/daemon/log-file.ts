import { closeSync, fstatSync, fchmodSync, openSync, renameSync, writeSync } from 'node:fs';

/** An append-only file, 0600, that moves to `<file>.1` when it is full. */
export interface LogFile {
  write(line: string): void;
  close(): void;
}

/** Throws the errors of open(2). A line that cannot be written (disk full) is lost: logging never stops the mount. */
export function openLogFile(file: string, maximumBytes: number): LogFile {
  let descriptor = openPrivate(file);
  let size = fstatSync(descriptor).size;

  const rotate = (): void => {
    renameSync(file, `${file}.1`);
    const next = openPrivate(file);
    // Only now: a number closed too early may already be another file's.
    closeSync(descriptor);
    descriptor = next;
    size = 0;
  };

  return {
    write(line) {
      try {
        if (size >= maximumBytes) rotate();
        size += writeSync(descriptor, line);
      } catch {
        // Nowhere left to say it.
      }
    },
    close() {
      closeSync(descriptor);
    },
  };
}

function openPrivate(file: string): number {
  const descriptor = openSync(file, 'a', 0o600);
  fchmodSync(descriptor, 0o600);
  return descriptor;
}
