import { LRUCache } from 'lru-cache';

/** Trouble with one file or folder, for the log and the status document. `code` is stable; the hint says what to do. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** `subject` is the media id of the item concerned. */
export type ReportProblem = (problem: Problem, subject: string) => void;

const REMEMBERED = 10_000;

/** Reports each problem of each subject once, however often programs ask, until the subject is well again. */
export class ProblemLog {
  readonly #report: ReportProblem;
  readonly #told = new LRUCache<string, string>({ max: REMEMBERED });

  constructor(report: ReportProblem) {
    this.#report = report;
  }

  tell(subject: string, problem: Problem): void {
    if (this.#told.get(subject) === problem.code) return;
    this.#told.set(subject, problem.code);
    this.#report(problem, subject);
  }

  well(subject: string): void {
    if (this.#told.size > 0) this.#told.delete(subject);
  }
}
