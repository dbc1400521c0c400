import type { FileSystem } from '../../src/filesystem/file-system.js';
import type { LogLevel } from '../../src/support/log-level.js';

export type Facts = Readonly<Record<string, number | string | boolean>>;

/** What a module that a mounting child serves must export. */
export interface FixtureModule {
  create(): FileSystem;
  /** Numbers about what the file system was asked, for the parent to look at. */
  report?(fs: FileSystem): Facts;
  onMessage?(text: string): void;
}

export type ToChild =
  | { readonly kind: 'unmount'; readonly lazy: boolean }
  | { readonly kind: 'report' }
  | { readonly kind: 'tell'; readonly text: string };

export type FromChild =
  | { readonly kind: 'ready'; readonly mountpoint: string }
  | { readonly kind: 'failed'; readonly message: string; readonly hint?: string; readonly exitCode?: number }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string }
  | { readonly kind: 'unmounted' }
  | { readonly kind: 'closed'; readonly facts: Facts }
  | { readonly kind: 'report'; readonly openFiles: number; readonly facts: Facts };
