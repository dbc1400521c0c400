import type { Priority } from '../../library/media-source.js';

/**
 * Most open requests at one host, by priority. A request is sent only while fewer are open than its priority allows, so
 * that some slots stay free for the foreground.
 */
export function slotsPerHost(connections: number): Readonly<Record<Priority, number>> {
  const part = (share: number): number => Math.max(1, Math.floor(connections * share));
  return { foreground: connections, 'read-ahead': part(0.8), background: part(0.4) };
}
