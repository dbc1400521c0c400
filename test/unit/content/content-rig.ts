import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContentTuning } from '../../../src/content/content-context.js';
import type { Problem } from '../../../src/library/problem.js';
import { ContentStore, type OpenContent } from '../../../src/content/content-store.js';
import { SizeBook, type MeasuredSize } from '../../../src/content/size-book.js';
import { OfflineGate } from '../../../src/remote/media/offline-gate.js';
import type { MediaKind } from '../../../src/library/media-item.js';
import { FakeMedia, bytesOf, mediaRef } from './fake-media.js';
import { ManualClock } from './manual-clock.js';

export interface RigOptions {
  readonly maxBytes?: number;
  readonly maxAgeMs?: number;
  readonly openFiles?: number;
  readonly tuning?: Partial<ContentTuning>;
}

/** A content store on a scripted Google and a clock that stands still, in a folder of its own. */
export class ContentRig {
  readonly media = new FakeMedia();
  readonly clock = new ManualClock();
  readonly reports: Problem[] = [];
  readonly measured: MeasuredSize[] = [];
  sizes!: SizeBook;
  store!: ContentStore;

  constructor(readonly folder = mkdtempSync(join(tmpdir(), 'content-'))) {}

  static async start(options: RigOptions = {}, folder?: string): Promise<ContentRig> {
    const rig = new ContentRig(folder);
    await rig.restart(options);
    return rig;
  }

  /** A new process on the same folder, as far as the store is concerned. */
  async restart(options: RigOptions = {}): Promise<void> {
    const { maxBytes = 1e9, maxAgeMs, openFiles, tuning } = options;
    const { clock, folder } = this;
    const source = new OfflineGate(this.media, clock);
    this.sizes = new SizeBook({
      source,
      clock,
      onMeasured: (batch) => this.measured.push(...batch),
      onFailure: () => undefined,
      contacts: () => this.store.contacts,
    });
    this.store = new ContentStore({
      source,
      clock,
      folder: join(folder, 'cache'),
      sizes: this.sizes,
      maxBytes,
      ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
      ...(openFiles === undefined ? {} : { openFiles }),
      ...(tuning === undefined ? {} : { tuning }),
      report: (report) => this.reports.push(report),
    });
    await this.store.run();
  }

  async open(id: string, kind: MediaKind = 'photo', size = this.media.items.get(id)?.size ?? 0): Promise<OpenContent> {
    return this.store.open({ ref: mediaRef(id, kind), size });
  }

  /** Moves time on until `work` is done; fails after 60 s of it. */
  async meanwhile<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false };
    const over = (): void => {
      state.isDone = true;
    };
    work.then(over, over);
    for (let turn = 0; !state.isDone && turn < 120; turn++) await this.clock.advance(500);
    assert.ok(state.isDone, 'it is done within a minute');
    return work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Reads `[position, position + length)` and holds it against the bytes of `version`. */
export async function expectBytes(
  file: OpenContent,
  id: string,
  position: number,
  length: number,
  version = 1,
): Promise<void> {
  const buffer = Buffer.alloc(length, 0xee);
  const count = await file.read(buffer, position);
  const end = Math.min(file.size, position + length);
  assert.equal(count, Math.max(0, end - position));
  assert.ok(buffer.subarray(0, count).equals(bytesOf(id, version, position, position + count)), 'the bytes are right');
}

/** Reads a file from start to end in steps, as `cp` does. */
export async function expectAll(file: OpenContent, id: string, step = 131_072, version = 1): Promise<void> {
  for (let at = 0; at < file.size; at += step) await expectBytes(file, id, at, step, version);
}
