import { isWithin } from '../support/is-within.js';
import { ALBUMS_EVERY, FAVORITES_EVERY, readInterval } from './pass-allowance.js';
import type { PollOutcome, PollScope } from './poll-pass.js';

export interface PollRhythmOptions {
  readonly pollIntervalMs: number;
  /** The interval while the mount is not used and the library does not change. Default: the same. */
  readonly idleIntervalMs?: number | undefined;
}

/** Polls keep the short interval this long after the last use or the last change. */
const ACTIVE_MS = 15 * 60_000;
const DAY = 86_400_000;

/** Decides when polls are due and what each reads, so that an idle day costs the same for any size of library. */
export class PollRhythm {
  readonly #options: PollRhythmOptions;
  #lastPoll: number | undefined;
  #lastActivity: number;
  readonly #albums = { last: -Infinity, pages: 1, areEndless: false };
  readonly #favorites = { last: -Infinity, pages: 1 };
  /** Videos that stay unready: the time between two requests for them doubles. */
  readonly #videos = { last: -Infinity, rest: 0, waiting: -1 };

  constructor(options: PollRhythmOptions, now: number) {
    this.#options = options;
    this.#lastActivity = now;
  }

  get lastPoll(): number | undefined {
    return this.#lastPoll;
  }

  /** Milliseconds between two polls at present. */
  interval(now: number): number {
    const { pollIntervalMs, idleIntervalMs = pollIntervalMs } = this.#options;
    return isWithin(now, this.#lastActivity, ACTIVE_MS) ? pollIntervalMs : idleIntervalMs;
  }

  isDue(now: number): boolean {
    return this.#lastPoll === undefined || now < this.#lastPoll || now - this.#lastPoll >= this.interval(now);
  }

  /** The mount is being used; true if a poll has become due by that. */
  used(now: number): boolean {
    const wasDue = this.isDue(now);
    this.#lastActivity = now;
    return !wasDue && this.isDue(now);
  }

  /** A poll is due now. */
  hurry(): void {
    this.#lastPoll = undefined;
  }

  /** What the next poll reads; everything if a person asked for it. */
  scope(now: number, isAsked: boolean): PollScope {
    const { pollIntervalMs } = this.#options;
    const isOver = (last: number, rest: number): boolean => isAsked || now < last || now - last >= rest;
    return {
      albumsAfterNews: !this.#albums.areEndless,
      albums: isOver(this.#albums.last, readInterval(pollIntervalMs, ALBUMS_EVERY, this.#albums.pages)),
      favorites: isOver(this.#favorites.last, readInterval(pollIntervalMs, FAVORITES_EVERY, this.#favorites.pages)),
      videos: isOver(this.#videos.last, this.#videos.rest),
    };
  }

  polled(now: number, { news, albumPages, favoritePages, stillUnready, areAlbumsEndless }: PollOutcome): void {
    this.#lastPoll = now;
    if (news > 0) this.#lastActivity = now;
    if (albumPages !== undefined)
      Object.assign(this.#albums, { last: now, pages: albumPages, areEndless: areAlbumsEndless });
    if (favoritePages !== undefined) Object.assign(this.#favorites, { last: now, pages: favoritePages });
    if (stillUnready === undefined) return;
    const isMoving = news > 0 || stillUnready !== this.#videos.waiting;
    const longer = Math.min(DAY, Math.max(this.#options.pollIntervalMs, this.#videos.rest * 2));
    Object.assign(this.#videos, { last: now, waiting: stillUnready, rest: isMoving ? 0 : longer });
  }

  /** A full pass begins with the pages that a poll would read. */
  passBegun(now: number): void {
    this.#lastPoll = now;
  }

  /** A full pass has read all that polls read, and more. */
  passDone(now: number): void {
    this.#lastPoll = now;
    this.#albums.last = now;
    this.#favorites.last = now;
  }
}
