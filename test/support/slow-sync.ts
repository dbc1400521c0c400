import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateFolders } from './private-folders.js';

/** Whether this machine can compile what slows syncs down. */
export const canSlowSyncs = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

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
  const [source, library, trigger, log] = ['slow.c', 'slow.so', 'slow', 'syncs'].map((name) =>
    join(folders.root, name),
  ) as [string, string, string, string];
  writeFileSync(source, SOURCE);
  const built = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
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
