import type { Priority } from '../library/media-source.js';

/**
 * Most open requests at one host, by priority: a new one is sent only below this number, so that some places stay free
 * for the foreground.
 */
export function slotsPerHost(connections: number): Readonly<Record<Priority, number>> {
  const part = (share: number): number => Math.max(1, Math.floor(connections * share));
  return { foreground: connections, 'read-ahead': part(0.8), background: part(0.4) };
}
