import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { PassPart } from '../catalog/sync-state-store.js';
import { dayOf, itemsLeft, parsePart, rangePart, splitRest, type Part, type RangeProgress } from './pass-parts.js';

/** What this run of the program has read of a listing. */
export interface ListingCount {
  readonly seen: number;
  readonly pages: number;
}

/** Splits ranges of dates that have much left to read, so that more requests can run side by side. */
export class RangeSplitter {
  readonly #catalog: CatalogWriter;
  readonly #countOf: (name: string) => ListingCount;

  constructor(catalog: CatalogWriter, countOf: (name: string) => ListingCount) {
    this.#catalog = catalog;
    this.#countOf = countOf;
  }

  /** Splits the range with most left to read. Returns the new part; undefined if no split is worth it. */
  split(open: readonly PassPart[], now: number): PassPart | undefined {
    const { state } = this.#catalog;
    let best: { part: Part; progress: RangeProgress } | undefined;
    for (const { part: name } of open) {
      const part = parsePart(name);
      const progress = this.progress(part, now);
      if (progress === undefined || splitRest(progress) === undefined) continue;
      if (best === undefined || itemsLeft(progress) > itemsLeft(best.progress)) best = { part, progress };
    }
    const cut = best && splitRest(best.progress);
    if (best === undefined || cut === undefined) return undefined;
    const { part } = best;
    const rest = rangePart(part.kind === 'with-archived' ? part.kind : 'without-archived', cut.rest);
    const isNew = this.#catalog.transaction(() => {
      if (state.addParts([rest]) === 0) return false;
      state.set(`pass.at/stop/${part.name}`, String(cut.stop));
      return true;
    });
    return isNew ? state.openParts().find(({ part: name }) => name === rest) : undefined;
  }

  /** How much of a range is listed; undefined before its first page. */
  progress(part: Part, now: number): RangeProgress | undefined {
    const { state } = this.#catalog;
    const reached = state.get(`pass.at/reached/${part.name}`);
    if (part.range === undefined || reached === undefined) return undefined;
    const stop = state.get(`pass.at/stop/${part.name}`);
    const from = stop === undefined ? part.range.from : Math.max(part.range.from, Number(stop));
    const { seen, pages } = this.#countOf(part.name);
    const perPage = seen / Math.max(1, pages);
    return { range: { ...part.range, from }, reached: Number(reached), seen, perPage, today: dayOf(now) };
  }
}
