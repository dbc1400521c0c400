import type { LocalTime, TimeHint } from '../matching/time-in-name.js';

/** What the beginning of a file says, as it is kept in the catalog. */
export interface StoredHead {
  /** Time without a zone, or as a moment (ms). */
  readonly local?: LocalTime;
  readonly instant?: number;
  readonly make?: string;
  readonly model?: string;
  readonly width?: number;
  readonly height?: number;
}

export interface ItemHead {
  readonly time: TimeHint | undefined;
  readonly camera: { readonly cameraMake: string; readonly cameraModel: string } | undefined;
  readonly pixels: { readonly width: number; readonly height: number } | undefined;
}

/** Undefined where it was not read yet. */
export function headOf(text: string | undefined): ItemHead | undefined {
  if (text === undefined) return undefined;
  const { local, instant, make = '', model = '', width, height } = JSON.parse(text) as StoredHead;
  return {
    time: instant === undefined ? (local === undefined ? undefined : { local }) : { instant },
    camera: make === '' && model === '' ? undefined : { cameraMake: make, cameraModel: model },
    pixels: width === undefined || height === undefined ? undefined : { width, height },
  };
}
