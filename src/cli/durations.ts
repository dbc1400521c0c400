const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Milliseconds of `5m`, `90s`, `1h30m`, `250ms` or `0`; undefined where the text is no duration.
 * A bare number other than 0 is refused: it would leave the unit to guesswork.
 */
export function parseDuration(text: string): number | undefined {
  const clean = text.trim().toLowerCase();
  if (clean === '0') return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(clean)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of clean.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    total += Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined;
}
