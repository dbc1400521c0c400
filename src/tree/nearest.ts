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

/** Levenshtein's: the least number of letters to insert, drop or change. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const change = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
