import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The committed samples, seen from the compiled file in build/test/emulator. */
export const SAMPLES = join(resolve(dirname(fileURLToPath(import.meta.url)), '../../..'), 'test/emulator/samples');
