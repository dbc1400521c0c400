const WINDOW_MS = 10_000;

/** How fast a growing number grows, over the last seconds. */
export class RateMeter {
  #samples: { readonly at: number; readonly count: number }[] = [];

  /** Undefined until there is something to compare with. */
  perSecond(now: number, count: number): number | undefined {
    this.#samples = this.#samples.filter(({ at }) => at > now - WINDOW_MS && at <= now);
    const [first] = this.#samples;
    this.#samples.push({ at: now, count });
    if (first === undefined || now - first.at < 500) return undefined;
    return ((count - first.count) * 1000) / (now - first.at);
  }
}
