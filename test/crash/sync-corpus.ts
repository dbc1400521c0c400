import type { SeedOptions } from '../emulator/generated-items.js';

/** The library that the killed and the judging process both know. */
export const CRASH_SEED: SeedOptions = { items: 3000, albums: 12, newest: '2026-01-14T00:00:00Z' };
