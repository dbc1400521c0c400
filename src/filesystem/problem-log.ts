import { LRUCache } from 'lru-cache';
import type { Problem } from '../library/problem.js';
import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';

/** `subject` is the media id of the item concerned. */
export type ReportProblem = (problem: Problem, subject: string) => void;

const REMEMBERED = 10_000;
/** A problem that persists is reported again after this long, so that status shows that it does. */
const REPORT_AGAIN_MS = 10 * 60_000;

export interface ProblemLogDeps {
  readonly report: ReportProblem;
  /** The problem of the subject is over. */
  readonly recovered: (subject: string) => void;
  readonly clock: Clock;
}

/** Reports each problem of a subject at most once in ten minutes, and once when it is over. */
export class ProblemLog {
  readonly #deps: ProblemLogDeps;
  readonly #reported = new LRUCache<string, { readonly code: string; readonly at: number }>({ max: REMEMBERED });

  constructor(deps: ProblemLogDeps) {
    this.#deps = deps;
  }

  report(subject: string, problem: Problem): void {
    const last = this.#reported.get(subject);
    const at = this.#deps.clock.now();
    if (last?.code === problem.code && isWithin(at, last.at, REPORT_AGAIN_MS)) return;
    this.#reported.set(subject, { code: problem.code, at });
    this.#deps.report(problem, subject);
  }

  recovered(subject: string): void {
    if (this.#reported.size > 0 && this.#reported.delete(subject)) this.#deps.recovered(subject);
  }
}
