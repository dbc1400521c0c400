import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preloadShim } from './preload-shim.js';
import type { PrivateFolders } from './private-folders.js';

export interface SlowSyncs {
  readonly env: NodeJS.ProcessEnv;
  /** From now on each fsync and fdatasync takes this long. */
  readonly begin: () => void;
  /** Syncs since then, by who waited for them. */
  readonly counts: () => { readonly mainThread: number; readonly otherThreads: number };
}

const SOURCE = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static void wait_as_asked(void) {
  if (access(getenv("SLOW_SYNCS_WHILE"), F_OK) != 0) return;
  int file = open(getenv("SLOW_SYNCS_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (write(file, syscall(SYS_gettid) == getpid() ? "m" : "o", 1) != 1) abort();
  close(file);
  usleep(1000 * atoi(getenv("SLOW_SYNCS_MS")));
}
int fsync(int fd) {
  wait_as_asked();
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}
int fdatasync(int fd) {
  wait_as_asked();
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}
`;

/** Makes syncs to disk slow in a program that is started with `env`: what the program and its libraries ask libc for. */
export function slowSyncs(folders: PrivateFolders, milliseconds: number): SlowSyncs {
  const library = preloadShim(folders, 'slow', SOURCE);
  const [trigger, log] = [join(folders.root, 'slow'), join(folders.root, 'syncs')];
  return {
    env: {
      LD_PRELOAD: library,
      SLOW_SYNCS_WHILE: trigger,
      SLOW_SYNCS_LOG: log,
      SLOW_SYNCS_MS: String(milliseconds),
    },
    begin: () => {
      writeFileSync(log, '');
      writeFileSync(trigger, '');
    },
    counts: () => {
      rmSync(trigger, { force: true });
      const marks = readFileSync(log, 'utf8');
      return { mainThread: marks.split('m').length - 1, otherThreads: marks.split('o').length - 1 };
    },
  };
}
