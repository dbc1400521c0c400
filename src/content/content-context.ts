import type { MediaKind } from '../library/media-item.js';
import type { GatedMediaSource } from '../library/media-source.js';
import type { Clock } from '../support/clock.js';
import type { BlockBuffers } from './block-buffers.js';
import type { CacheFolder } from './cache-folder.js';
import type { Download } from './download.js';
import type { DiskReader } from './disk-reader.js';
import { HEAD_BYTES, type HeadHabit } from './head-habit.js';
import type { StreamCount } from './parallel-ranges.js';
import type { SizeBook } from './size-book.js';

/** Limits and timeouts of the content store. */
export interface ContentTuning {
  /** Milliseconds that a read or an open may wait; no system call lasts over 30 s. */
  readonly deadlineMs: number;
  /** Up to these sizes in bytes a file is fetched whole when it is opened. */
  readonly wholePhotoBytes: number;
  readonly wholeVideoBytes: number;
  /**
   * Photos up to this size are fetched with one request, whose body is consumed as the reader asks for it. Not used
   * while recent reads touched heads only.
   */
  readonly oneRequestPhotoBytes: number;
  /**
   * A reader joins a download that is at most this many bytes short of what it needs, and starts one of its own
   * otherwise.
   */
  readonly joinBytes: number;
  /** Milliseconds that a download continues after the last close. */
  readonly lingerMs: number;
  /** Milliseconds after which a paused download without a reader is cancelled. */
  readonly idleMs: number;
  /** Most paused downloads: each holds a connection that others need. */
  readonly pausedMost: number;
  /** Milliseconds without read-ahead after a failed download. */
  readonly readAheadPauseMs: number;
  /** Blocks of a file kept in memory while the disk takes none. */
  readonly memoryBlocks: number;
  /** Milliseconds that an open waits for the size of a cached file that no answer has stated yet. */
  readonly cachedDoubtMs: number;
}

export const CONTENT_TUNING: ContentTuning = {
  deadlineMs: 25_000,
  wholePhotoBytes: HEAD_BYTES,
  wholeVideoBytes: 524_288,
  oneRequestPhotoBytes: 4_194_304,
  joinBytes: 1_048_576,
  lingerMs: 1_000,
  idleMs: 10_000,
  pausedMost: 8,
  readAheadPauseMs: 5_000,
  memoryBlocks: 16,
  cachedDoubtMs: 5_000,
};

/** What the open files of a store share. */
export interface ContentContext {
  readonly source: GatedMediaSource;
  readonly clock: Clock;
  readonly folder: CacheFolder;
  readonly disk: DiskReader;
  readonly buffers: BlockBuffers;
  readonly tuning: ContentTuning;
  /** Paused downloads, the longest paused first. Each holds a connection. */
  readonly paused: Set<Download>;
  /** Whether Google honours Range for a kind, once that is known. */
  readonly ranges: Map<MediaKind, boolean>;
  /** Requests of all files that read ahead beside a leading one. */
  readonly streams: StreamCount;
  /** Blocks of all files that wait for the disk or are being written. */
  readonly writing: { blocks: number };
  /** How photos are being read. */
  readonly habit: HeadHabit;
  /** As {@link SizeBook.confirm}. */
  confirm: SizeBook['confirm'];
}
