const HOUR = 3_600_000;

const pacific = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/Los_Angeles',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  hourCycle: 'h23',
});

/** The calendar day in California at `now` (ms), `YYYY-MM-DD`: daily quotas are counted by it. */
export function quotaDay(now: number): string {
  const { year, month, day } = pacificParts(now);
  return `${year}-${month}-${day}`;
}

/** When the quota day of `now` (ms) ends: the next midnight in California, ms. */
export function nextQuotaReset(now: number): number {
  const { year, month, day } = pacificParts(now);
  // Clocks change at two in the morning there, so midnight exists once a day, seven or eight hours behind UTC.
  const inSummer = Date.UTC(Number(year), Number(month) - 1, Number(day) + 1, 7);
  return pacificParts(inSummer).hour === '00' ? inSummer : inSummer + HOUR;
}

function pacificParts(now: number): { year: string; month: string; day: string; hour: string } {
  const parts = { year: '', month: '', day: '', hour: '' };
  for (const { type, value } of pacific.formatToParts(now))
    if (type in parts) parts[type as keyof typeof parts] = value;
  return parts;
}
