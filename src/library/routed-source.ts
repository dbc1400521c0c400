import type { MediaRef } from './media-item.js';
import type { GatedMediaSource } from './media-source.js';
import { sourceOf, type SourceName } from './source.js';

/** One source of bytes for the cache: each request goes to the source of the copy, those of others to `rest`. */
export function routedSource(
  rest: GatedMediaSource,
  special: Readonly<Partial<Record<SourceName, GatedMediaSource>>>,
): GatedMediaSource {
  const of = (ref: MediaRef): GatedMediaSource => special[sourceOf(ref.id).name] ?? rest;
  return {
    measure: (ref, options) => of(ref).measure(ref, options),
    fetch: (ref, range, options) => of(ref).fetch(ref, range, options),
    hostOf: (ref) => of(ref).hostOf?.(ref),
    prepare: (refs) => {
      for (const source of new Set(refs.map(of))) source.prepare?.(refs.filter((ref) => of(ref) === source));
    },
    isOffline: (ref) => of(ref).isOffline(ref),
    note: (error, ref) => of(ref).note(error, ref),
  };
}
