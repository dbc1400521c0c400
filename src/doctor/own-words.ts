import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Shorter pieces are left out: they say nothing without what stands between them. */
const SHORTEST = 8;
const LEFT_OUT = '[…]';
/** Quoted text of a compiled file: three kinds of quotation marks. */
const LITERAL = /'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`/g;
/** A place in the program: `src/content/download.js:12:34`. */
const SOURCE_PLACE = /^\bsrc\/[\w/-]+\.js:\d+:\d+/;
const CODE = /^(?:E[A-Z0-9]{2,}|SQLITE_[A-Z_]+|ERR_[A-Z_]+|UND_ERR_[A-Z_]+)\b/;

/**
 * Keeps only the parts of a text that are in the program's own source. Everything else (names, titles, paths, words of
 * servers) becomes `[…]`. Error codes of the system and places in the program are kept.
 */
export class OwnWords {
  readonly #pieces = new Map<string, string[]>();

  constructor(texts: Iterable<string>) {
    for (const text of new Set(texts)) {
      if (text.length < SHORTEST || !/[a-z]{3}/.test(text)) continue;
      const key = text.slice(0, SHORTEST);
      const same = this.#pieces.get(key);
      if (same === undefined) this.#pieces.set(key, [text]);
      else same.push(text);
    }
    for (const pieces of this.#pieces.values()) pieces.sort((one, other) => other.length - one.length);
  }

  /** Those of the program that runs. */
  static ofProgram(): OwnWords {
    return new OwnWords(literalsBelow(dirname(dirname(fileURLToPath(import.meta.url)))));
  }

  only(text: string): string {
    let kept = '';
    for (let at = 0; at < text.length;) {
      const piece = this.#pieceAt(text, at);
      if (piece === undefined) {
        if (!kept.endsWith(LEFT_OUT)) kept += LEFT_OUT;
        at += 1;
      } else {
        kept += piece;
        at += piece.length;
      }
    }
    return kept;
  }

  #pieceAt(text: string, at: number): string | undefined {
    const piece = this.#pieces.get(text.slice(at, at + SHORTEST))?.find((one) => text.startsWith(one, at));
    if (piece !== undefined) return piece;
    const isStart = at === 0 || !/\w/.test(text[at - 1] ?? '');
    if (!isStart) return undefined;
    const rest = text.slice(at, at + 200);
    const code = CODE.exec(rest)?.[0];
    if (code !== undefined && (code.includes('_') || code in constants.errno)) return code;
    return SOURCE_PLACE.exec(rest)?.[0];
  }
}

function* literalsBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* literalsBelow(path);
    else if (entry.name.endsWith('.js')) yield* literalsIn(readFileSync(path, 'utf8'));
  }
}

/** Constant pieces of the quoted texts of a source. */
export function* literalsIn(source: string): Generator<string> {
  // Apostrophes of comments would pair up with quotation marks.
  const code = source.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  for (const [, single, double, template] of code.matchAll(LITERAL)) {
    const text = single ?? double ?? template ?? '';
    for (const piece of template === undefined ? [text] : text.split(/\$\{[^}]*\}/)) yield unescaped(piece);
  }
}

function unescaped(text: string): string {
  return text
    .replace(/\\u([0-9a-fA-F]{4})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    .replace(/\\n/g, '\n')
    .replace(/\\(.)/g, '$1');
}
