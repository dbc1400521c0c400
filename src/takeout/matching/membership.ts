import type { SidecarName } from './takeout-folder.js';

/** An item as memberships look for it: what its sidecars say. */
export interface KnownItem {
  readonly id: string;
  /** Titles and times of all its sidecars. */
  readonly sidecars: readonly { readonly title?: string; readonly takenAt?: number }[];
}

export interface Membership<Sidecar> {
  readonly sidecar: Sidecar;
  readonly item: string;
}

export interface FoundMemberships<Sidecar> {
  readonly memberships: readonly Membership<Sidecar>[];
  /** No item has that title and time, or several have. */
  readonly orphans: readonly Sidecar[];
}

/** Finds the items of sidecars that lie in albums without their media: by title and time, if there is just one. */
export function findMemberships<Sidecar extends Pick<SidecarName, 'title' | 'takenAt'>>(
  sidecars: Iterable<Sidecar>,
  items: Iterable<KnownItem>,
): FoundMemberships<Sidecar> {
  const byKey = new Map<string, string | undefined>();
  for (const { id, sidecars: own } of items) {
    for (const key of new Set(own.flatMap((sidecar) => keyOf(sidecar) ?? []))) {
      byKey.set(key, byKey.has(key) && byKey.get(key) !== id ? undefined : id);
    }
  }
  const memberships: Membership<Sidecar>[] = [];
  const orphans: Sidecar[] = [];
  for (const sidecar of sidecars) {
    const key = keyOf(sidecar);
    const item = key === undefined ? undefined : byKey.get(key);
    if (item === undefined) orphans.push(sidecar);
    else memberships.push({ sidecar, item });
  }
  return { memberships, orphans };
}

function keyOf({ title, takenAt }: { title?: string; takenAt?: number }): string | undefined {
  return title === undefined || takenAt === undefined ? undefined : `${takenAt}\0${title.normalize('NFC')}`;
}
