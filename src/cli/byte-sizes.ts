const POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };
const NAMES = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/**
 * Bytes of `10G`, `500M`, `1.5 TiB` or `4096`; letters count in powers of 1024. Undefined where the text is no size.
 */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/.exec(text.trim().toLowerCase());
  if (match === null) return undefined;
  const bytes = Math.round(Number(match[1]) * 1024 ** (POWERS[match[2] ?? ''] ?? 0));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `1536` becomes `1.5 KiB`. */
export function formatByteSize(bytes: number): string {
  let power = 0;
  let amount = bytes;
  while (amount >= 1024 && power < NAMES.length - 1) {
    amount /= 1024;
    power++;
  }
  const digits = power === 0 || amount >= 100 ? 0 : 1;
  return `${amount.toFixed(digits)} ${NAMES[power] ?? ''}`;
}
