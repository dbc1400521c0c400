import { editDistance } from '../support/edit-distance.js';

/** The candidate that was probably meant, if one is near enough to be worth offering. */
export function nearestName(given: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.ceil(given.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = candidate.startsWith(given) && given.length > 2 ? 1 : editDistance(given, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
