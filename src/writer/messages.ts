import type { LogLevel } from '../support/log-level.js';
import type { SyncSettings } from '../sync/sync-settings.js';
import type { PlainFault, PlainRemoteError, PlainUserError } from './plain-errors.js';
import type { FromTask, TaskName, ToTask } from './task.js';

/** A message to one task; dropped where that task does not run. */
export type TellTask = {
  readonly [Name in TaskName]: { readonly task: Name; readonly message: ToTask<Name> };
}[TaskName];
/** What one task tells. */
export type TaskTells = {
  readonly [Name in TaskName]: { readonly task: Name; readonly message: FromTask<Name> };
}[TaskName];

/** Main thread to writer thread. */
export type ToWriter =
  | { readonly type: 'start'; readonly task: TaskName }
  | ({ readonly type: 'tell' } & TellTask)
  | { readonly type: 'token'; readonly id: number; readonly token: string }
  | { readonly type: 'token-failed'; readonly id: number; readonly error: PlainRemoteError }
  | { readonly type: 'configure'; readonly settings: SyncSettings }
  /** Answered by `alive`, to show that the thread is not stuck. */
  | { readonly type: 'ask-alive' }
  | { readonly type: 'stop' };

/** Writer thread to main thread. `ready` or `failed` comes first. */
export type FromWriter =
  | { readonly type: 'ready' }
  /** The catalog cannot be written: the thread ends. */
  | { readonly type: 'failed'; readonly error: PlainUserError }
  | { readonly type: 'started'; readonly task: TaskName }
  | { readonly type: 'task-failed'; readonly task: TaskName; readonly fault: PlainFault }
  | ({ readonly type: 'told' } & TaskTells)
  | { readonly type: 'token-request'; readonly id: number; readonly refused: string | undefined }
  | { readonly type: 'alive' }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string }
  /** A fault of no task: the thread ends. */
  | { readonly type: 'fault'; readonly fault: PlainFault };
