import type { Priority } from '../../library/media-source.js';

/** Background work gets no more, however many connections there are. */
const MOST_IN_BACKGROUND = 16;

/**
 * Most open requests at one host, by priority. A request is sent only while fewer are open than its priority allows, so
 * that some slots stay free for the foreground.
 */
export function slotsPerHost(connections: number): Readonly<Record<Priority, number>> {
  const part = (share: number): number => Math.max(1, Math.floor(connections * share));
  return { foreground: connections, 'read-ahead': part(0.8), background: Math.min(MOST_IN_BACKGROUND, part(0.4)) };
}
