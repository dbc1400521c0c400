import { editDistance } from '../support/edit-distance.js';
import { nameKey } from './choose-name.js';

/** The candidates most similar to `wanted`, best first, at most `limit`. Returned however little they resemble it. */
export function nearest(wanted: string, candidates: readonly string[], limit: number): string[] {
  const key = nameKey(wanted);
  return candidates
    .map((name) => ({ name, distance: distanceOf(key, nameKey(name)) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ name }) => name);
}

/** A prefix counts as nearer than a misspelled name. */
function distanceOf(wanted: string, candidate: string): number {
  return candidate.startsWith(wanted) || wanted.startsWith(candidate) ? 0.5 : editDistance(wanted, candidate);
}
