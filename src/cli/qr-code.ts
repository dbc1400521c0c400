import encoder from 'qrcode-generator';

/** Modules of light around the code that readers need (ISO/IEC 18004). */
const QUIET = 4;

/**
 * A QR code of the text in half-block characters, dark on light, with its quiet zone; undefined where the text is too
 * long.
 */
export function qrLines(text: string): string[] | undefined {
  const code = encode(text);
  if (code === undefined) return undefined;
  const size = code.getModuleCount();
  const inside = (position: number): boolean => position >= 0 && position < size;
  const isDark = (x: number, y: number): boolean => inside(x) && inside(y) && code.isDark(y, x);
  const lines: string[] = [];
  // Two rows a line. What is printed is the light part, as terminals are mostly dark; cameras read both ways.
  for (let y = -QUIET; y < size + QUIET; y += 2) {
    let line = '';
    for (let x = -QUIET; x < size + QUIET; x++) {
      const upper = !isDark(x, y);
      const lower = !isDark(x, y + 1);
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }
    lines.push(line);
  }
  return lines;
}

function encode(text: string): ReturnType<typeof encoder> | undefined {
  // The smallest version that holds the text, with the least correction: a screen is clean and near.
  const code = encoder(0, 'L');
  code.addData(text, 'Byte');
  try {
    code.make();
    return code;
  } catch {
    return undefined;
  }
}
