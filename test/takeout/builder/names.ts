/** Longest name that Google writes, in UTF-16 units, extension included, before a counter. */
export const LONGEST_NAME = 51;
const SIDECAR_SUFFIX = '.supplemental-metadata';

export type SidecarStyle = 'old' | 'new' | 'uncut';

/** A title as Google writes it into a file name. */
export function cleanTitle(title: string): string {
  return title.replace(/[/\\:?*"<>|\r\n]/g, '_');
}

/** Last dot and one to five letters or digits, perhaps with `~n` behind them; else no extension. */
export function splitExtension(name: string): [stem: string, extension: string] {
  const found = /\.[A-Za-z0-9]{1,5}(?:~\d)?$/.exec(name);
  return found === null || found.index === 0 ? [name, ''] : [name.slice(0, found.index), found[0]];
}

function endsInHalfPair(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

/** The stem of a media file is cut so that stem and extension have 51 units; half a surrogate pair at the cut is completed. */
function cutStem(stem: string, extension: string): string {
  const cut = stem.slice(0, LONGEST_NAME - extension.length);
  return endsInHalfPair(cut) ? stem.slice(0, cut.length + 1) : cut;
}

const EXTENSION_OF = { jpeg: '.jpg', png: '.png', heic: '.heic', mp4: '.mp4', mov: '.mov', raw: '.dng' } as const;

/** The title with the extension of its kind, where it has none. */
export function titleWithExtension(title: string, kind: keyof typeof EXTENSION_OF): string {
  return splitExtension(title)[1] === '' ? `${title}${EXTENSION_OF[kind]}` : title;
}

/** Name of the media file before a counter. */
export function mediaName(title: string, kind: keyof typeof EXTENSION_OF): string {
  const [stem, extension] = splitExtension(titleWithExtension(cleanTitle(title), kind));
  return `${cutStem(stem, extension)}${extension}`;
}

/** Name of the edited version before a counter: the suffix is cut like the rest of the stem. */
export function editedName(title: string, kind: keyof typeof EXTENSION_OF, suffix: string): string {
  const [stem, extension] = splitExtension(titleWithExtension(cleanTitle(title), kind));
  return `${cutStem(`${stem}${suffix}`, extension)}${extension}`;
}

/** Name of the moving part before a counter: `X.MP.jpg` has `X.MP`, which is not doubled. */
export function movingName(title: string, extension: string): string {
  const [stem] = splitExtension(cleanTitle(title));
  const [inner, own] = splitExtension(stem);
  return `${cutStem(own !== '' && own === extension ? inner : stem, extension)}${extension}`;
}

/** Name of the sidecar before a counter. A pair that the cut would split is left out whole. */
export function sidecarName(title: string, style: SidecarStyle): string {
  const whole = style === 'old' ? cleanTitle(title) : `${cleanTitle(title)}${SIDECAR_SUFFIX}`;
  if (style === 'uncut') return `${whole}.json`;
  const cut = whole.slice(0, LONGEST_NAME - '.json'.length);
  return `${endsInHalfPair(cut) ? cut.slice(0, -1) : cut}.json`;
}

/** Gives twins of one output name in one folder their counter: `(1)`, `(2)` before the last dot. */
export class FolderNames {
  readonly #counts = new Map<string, number>();

  take(name: string): string {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return count === 0 ? name : withCounter(name, count);
  }
}

export function withCounter(name: string, count: number): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? `${name}(${count})` : `${name.slice(0, dot)}(${count})${name.slice(dot)}`;
}
