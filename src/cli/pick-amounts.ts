import type { PickedSession } from '../daemon/status-document.js';
import { formatByteSize } from './byte-sizes.js';

/** `12 of at least 300 stored, 36.0 MiB, 1 failed`. */
export function amounts({ total, totalKnown, stored, failed, bytes, state }: PickedSession): string {
  if (state === 'open') return 'nothing yet';
  const all = totalKnown ? total.toLocaleString('en-US') : `at least ${total.toLocaleString('en-US')}`;
  const lost = failed === 0 ? '' : `, ${failed.toLocaleString('en-US')} failed`;
  return `${stored.toLocaleString('en-US')} of ${all} stored, ${formatByteSize(bytes)}${lost}`;
}

/** What of a session is not here, and why. */
export function missingLines({ missing, total, stored }: PickedSession): string[] {
  const more = total - stored - missing.length;
  const lines = missing.map(({ name, error }) => `  not stored: ${name}${error === null ? '' : ` (${error})`}`);
  return missing.length > 0 && more > 0 ? [...lines, `  and ${more.toLocaleString('en-US')} more`] : lines;
}
