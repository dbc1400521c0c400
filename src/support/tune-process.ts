import { setFlagsFromString } from 'node:v8';

/**
 * Settings of V8 for a process that passes many short-lived buffers on (native-notes/memory.md). Freed by helper threads while this one allocates,
 * they make all of them wait for each other, which costs a download half its speed on two processors; a young generation
 * that grows to its 16 MiB three times over, in each of two threads, and old ones that may hold three times what is alive before anybody
 * cleans up are most of what the process would hold.
 */
export function tuneProcess(): void {
  setFlagsFromString('--no-concurrent-array-buffer-sweeping');
  setFlagsFromString('--no-parallel-scavenge');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=30');
}
