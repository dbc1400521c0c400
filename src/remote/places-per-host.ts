import type { Priority } from '../library/media-source.js';

/** How many requests may be open at once at one host up to which each priority may fill it: some are kept for the foreground. */
export function placesPerHost(connections: number): Readonly<Record<Priority, number>> {
  const part = (share: number): number => Math.max(1, Math.floor(connections * share));
  return { foreground: connections, 'read-ahead': part(0.8), background: part(0.4) };
}
