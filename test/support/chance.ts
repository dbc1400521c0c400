/**
 * Tests of chance play random sequences or kill at random moments. `npm run test:long` plays all of them, `npm test` a tenth and
 * `npm run check` three of a hundred, each time others. The seed is printed; `GPHOTOS_TEST_SEED` plays the same ones again, `GPHOTOS_TEST_SHARE` (0.1 is a tenth) sets how
 * many.
 */
const SHARE = positive('GPHOTOS_TEST_SHARE') ?? 0.1;

/** 31 bits. */
export const SEED = positive('GPHOTOS_TEST_SEED') ?? 1 + Math.floor(Math.random() * (2 ** 31 - 1));

/** For the title or the diagnostics of a test. */
export const SEED_NOTE = `GPHOTOS_TEST_SEED=${SEED}`;

/** How many of `all` to play now. */
export function share(all: number): number {
  return Math.max(1, Math.round(all * SHARE));
}

/** As many of a list as are to be played now, in its order. */
export function picked<T>(all: readonly T[]): T[] {
  const wanted = all.length === 0 ? 0 : share(all.length);
  const random = seededNumbers();
  // Each is as likely as the others: wanted of those that are left.
  let left = wanted;
  return all.filter((_, index) => {
    const isPicked = random(all.length - index) < left;
    if (isPicked) left -= 1;
    return isPicked;
  });
}

/** Numbers from 0 to below a limit that follow from the seed. */
export function seededNumbers(seed = SEED): (limit: number) => number {
  let state = seed;
  return (limit) => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 1) % limit;
}

function positive(name: string): number | undefined {
  const text = process.env[name] ?? '';
  if (text === '') return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, not ${text}`);
  return value;
}
