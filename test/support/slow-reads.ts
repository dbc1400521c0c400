import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preloadShim } from './preload-shim.js';
import type { PrivateFolders } from './private-folders.js';

/** Reads of zip files, by file name: those of the main thread, and those of others. */
export interface ReadCounts {
  readonly mainThread: number;
  readonly of: (fileName: string) => number;
}

export interface SlowReads {
  readonly env: NodeJS.ProcessEnv;
  /** Since the last `begin`. */
  readonly counts: () => ReadCounts;
  /** From now on reads are slow, and counted from 0. */
  readonly begin: () => void;
}

const SOURCE = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static void wait_as_asked(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 4 || strncmp(path + length - 4, ".zip", 4) != 0) return;
  path[length] = 0;
  if (access(getenv("SLOW_READS_WHILE"), F_OK) != 0) return;
  char line[4200];
  int used = snprintf(line, sizeof line, "%c %s\\n", syscall(SYS_gettid) == getpid() ? 'm' : 'o', strrchr(path, '/') + 1);
  int file = open(getenv("SLOW_READS_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (write(file, line, used) != used) abort();
  close(file);
  usleep(1000 * atoi(getenv("SLOW_READS_MS")));
}
#define PREAD(name, offset_type) \\
  ssize_t name(int fd, void *bytes, size_t count, offset_type at) { \\
    wait_as_asked(fd); \\
    return ((ssize_t (*)(int, void *, size_t, offset_type))dlsym(RTLD_NEXT, #name))(fd, bytes, count, at); \\
  }
PREAD(pread, off_t)
PREAD(pread64, off64_t)
ssize_t read(int fd, void *bytes, size_t count) {
  wait_as_asked(fd);
  return ((ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read"))(fd, bytes, count);
}
`;

/** Zip files of a program that is started with `env` lie on a disk that takes so long for each read. */
export function slowReads(folders: PrivateFolders, milliseconds: number): SlowReads {
  const library = preloadShim(folders, 'slow-reads', SOURCE);
  const [trigger, log] = [join(folders.root, 'slow-reads'), join(folders.root, 'reads')];
  return {
    env: {
      LD_PRELOAD: library,
      SLOW_READS_WHILE: trigger,
      SLOW_READS_LOG: log,
      SLOW_READS_MS: String(milliseconds),
    },
    begin: () => {
      rmSync(trigger, { force: true });
      writeFileSync(log, '');
      writeFileSync(trigger, '');
    },
    counts: () => {
      const lines = readFileSync(log, 'utf8').split('\n');
      return {
        mainThread: lines.filter((line) => line.startsWith('m ')).length,
        of: (fileName) => lines.filter((line) => line.endsWith(` ${fileName}`)).length,
      };
    },
  };
}
