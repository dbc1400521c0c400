import type { BegunPick } from '../picker/pick-keeper.js';
import type { PickSessionStatus } from '../picker/pick-status.js';

/** Most items that Google lets a person pick in one session. */
export const MOST_PICKED = 2000;

/** What is to be forgotten: a path of the mount, an item by its id, or a session with its items. */
export type PickTarget = { readonly path: string } | { readonly item: string } | { readonly session: string };

/** A request about picking. */
export type PickAsk =
  | { readonly action: 'begin'; readonly most: number; readonly album: string | null }
  | { readonly action: 'look'; readonly id: string }
  | { readonly action: 'list' | 'resume' }
  | { readonly action: 'cancel'; readonly id: string }
  | { readonly action: 'forget'; readonly target: PickTarget };

/** What a request about picking brought about. */
export type PickOutcome =
  | ({ readonly action: 'begin' } & BegunPick)
  | { readonly action: 'look'; readonly session: PickSessionStatus | undefined }
  | {
      readonly action: 'list' | 'resume';
      readonly sessions: readonly PickSessionStatus[];
      readonly addresses: Readonly<Record<string, string>>;
      readonly items: number;
      readonly bytes: number;
      readonly folder: string;
    }
  | { readonly action: 'cancel' }
  | { readonly action: 'forget'; readonly items: number };
