import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateFolders } from './private-folders.js';

/** Whether this machine can compile what makes a drive hang. */
export const canHangDrives = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

export interface HangingDrive {
  readonly env: NodeJS.ProcessEnv;
  /** From now on, opening a zip file waits for ever. */
  readonly begin: () => void;
  /** Opening works again; what waits goes on. */
  readonly end: () => void;
}

const SOURCE = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void wait_as_asked(const char *path) {
  size_t length = strlen(path);
  if (length < 4 || strcmp(path + length - 4, ".zip") != 0) return;
  while (access(getenv("DRIVE_HANGS_WHILE"), F_OK) == 0) usleep(20000);
}
#define OPEN(name) \\
  int name(const char *path, int flags, ...) { \\
    va_list more; \\
    va_start(more, flags); \\
    mode_t mode = va_arg(more, mode_t); \\
    va_end(more); \\
    wait_as_asked(path); \\
    return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name))(path, flags, mode); \\
  }
OPEN(open)
OPEN(open64)
`;

/** Zip files of a program that is started with `env` lie on a drive that stops answering when it is told to. */
export function hangingDrive(folders: PrivateFolders): HangingDrive {
  const [source, library, trigger] = ['hang.c', 'hang.so', 'hang'].map((name) => join(folders.root, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(source, SOURCE);
  const built = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  return {
    env: { LD_PRELOAD: library, DRIVE_HANGS_WHILE: trigger },
    begin: () => writeFileSync(trigger, ''),
    end: () => rmSync(trigger, { force: true }),
  };
}
