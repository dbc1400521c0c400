const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export interface JsonShape {
  /** Most arrays, objects and members together. */
  readonly values: number;
  /** Most arrays and objects within each other. */
  readonly depth: number;
}

/**
 * Whether JSON text stays within limits, without building its values: a parsed array takes some 90 times the bytes of
 * its text. Stops at the first excess, and checks nothing else of the text.
 */
export function isWithinShape(json: Buffer, { values, depth }: JsonShape): boolean {
  let open = 0;
  let count = 0;
  for (let at = 0; at < json.length; at += 1) {
    switch (json[at]) {
      case QUOTE:
        at = endOfString(json, at + 1);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        open += 1;
        count += 1;
        if (open > depth || count > values) return false;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        open -= 1;
        break;
      case COMMA:
        count += 1;
        if (count > values) return false;
        break;
      default:
    }
  }
  return true;
}

/** Where the quote stands that ends the string which begins at `start`. */
function endOfString(json: Buffer, start: number): number {
  for (let from = start; ;) {
    const quote = json.indexOf(QUOTE, from);
    if (quote < 0) return json.length;
    let escapes = 0;
    while (quote - escapes > start && json[quote - escapes - 1] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return quote;
    from = quote + 1;
  }
}
