import type { ExitCode } from '../support/user-error.js';
import type { OpenLibrary } from './open-library.js';
import type { StatusDocument } from './status-document.js';

/*
 * The control socket: a client writes one JSON line, `{"command": …}` with the fields of that request, and gets one
 * JSON line back, before which a long command may send lines of progress. `control-requests.ts` is the table of what
 * may be asked.
 */

/** Longer lines are not requests. */
export const LONGEST_REQUEST = 65_536;

/** Progress over a list of files: counts, and their bytes on disk. */
export interface FilesFetched {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  readonly bytes: number;
}

/** Progress of a long command; sent before its reply. */
export interface ControlProgress {
  readonly progress: FilesFetched & { readonly totalBytes: number };
}

/** Returns false if the client has disconnected. */
export type Tell = (progress: ControlProgress) => boolean;

/** The reply to a request that was not fulfilled. */
export interface Refusal {
  readonly ok: false;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: ExitCode;
}

/** What requests are answered from. */
export interface ControlParts {
  readonly status: () => StatusDocument;
  /** The library; UserError (busy) while the mount is only starting. */
  readonly library: () => OpenLibrary;
  /** Resolves with the mount point that was unmounted. Rejects with UserError, busy while the mount is only starting. */
  readonly unmount: (how: { readonly lazy: boolean }) => Promise<string>;
}

/** A row of the table of requests. `Fields` are those of the request beside its name. */
export interface RequestRow<Fields extends object, Answer extends object> {
  /** The fields that make sense; the others are ignored. Undefined where those that it needs are missing or wrong. */
  parse(fields: Readonly<Record<string, unknown>>): Fields | undefined;
  /** Rejects with UserError where the request cannot be fulfilled. */
  handle(fields: Fields, parts: ControlParts, tell: Tell): Promise<Answer>;
}
