import { hash32, pick } from './random.js';

interface Palette {
  readonly sky: readonly [string, string];
  readonly sun: string;
  readonly hills: readonly [string, string, string];
  readonly water: readonly [string, string];
}

const PALETTES: readonly [Palette, ...Palette[]] = [
  {
    sky: ['#2b6cb0', '#bee3f8'],
    sun: '#fffbe0',
    hills: ['#8fb996', '#5b8c5a', '#2f5d3a'],
    water: ['#4a90c2', '#1d4e7a'],
  },
  {
    sky: ['#5f2c82', '#ff9a76'],
    sun: '#ffe29a',
    hills: ['#9a5b7d', '#6b3a63', '#3a1f45'],
    water: ['#d9778a', '#5b2c6f'],
  },
  {
    sky: ['#ff6b35', '#ffd7a0'],
    sun: '#fff3d0',
    hills: ['#b5651d', '#8a4a17', '#4a2810'],
    water: ['#e8a05c', '#7a3b12'],
  },
  {
    sky: ['#0f2027', '#456882'],
    sun: '#f5f5e6',
    hills: ['#33475b', '#22313f', '#121a22'],
    water: ['#2c4a63', '#0d1b26'],
  },
  {
    sky: ['#9fb8c8', '#f1f5f8'],
    sun: '#ffffff',
    hills: ['#c9d6df', '#94a9b8', '#647d8e'],
    water: ['#b7cad6', '#7d98a8'],
  },
  {
    sky: ['#1a8fbf', '#d6f5e3'],
    sun: '#fff6b0',
    hills: ['#a7c957', '#6a994e', '#386641'],
    water: ['#48cae4', '#0077b6'],
  },
  {
    sky: ['#e0aaff', '#fff0f5'],
    sun: '#ffe5ec',
    hills: ['#cdb4db', '#a284b8', '#6d4f8a'],
    water: ['#bde0fe', '#8aa9d6'],
  },
  {
    sky: ['#f4a261', '#fefae0'],
    sun: '#fff8d6',
    hills: ['#e9c46a', '#bc8a3b', '#7f5a23'],
    water: ['#8ecae6', '#3f88a5'],
  },
];

const KINDS: readonly ['hills', ...string[]] = ['hills', 'sea', 'mountains', 'meadow', 'city'];

type Dice = (salt: number, from: number, to: number) => number;

function ridge(
  dice: Dice,
  salt: number,
  width: number,
  height: number,
  level: number,
  roughness: number,
  sharp: boolean,
): string {
  const steps = sharp ? 9 : 5;
  const points = Array.from({ length: steps + 1 }, (_, i) => {
    const x = (i * width) / steps;
    const y = level + dice(salt * 100 + i, -roughness, roughness);
    return [Math.round(x), Math.round(y)] as const;
  });
  const [first] = points;
  if (first === undefined) return '';
  const line = points.slice(1).map(([x, y], i) => {
    const [px, py] = points[i] ?? first;
    const mid = Math.round((px + x) / 2);
    return sharp ? `L${x} ${y}` : `C${mid} ${py} ${mid} ${y} ${x} ${y}`;
  });
  return `M0 ${height} L0 ${first[1]} ${line.join(' ')} L${width} ${height} Z`;
}

function waves(dice: Dice, width: number, top: number, height: number): string {
  return Array.from({ length: 16 }, (_, i) => {
    const y = top + Math.round(((i + 1) * (height - top)) / 17);
    const x = dice(300 + i, 0, width * 0.8);
    const length = dice(330 + i, width * 0.05, width * 0.25);
    return `<path d="M${x} ${y}q${length / 4} -5 ${length / 2} 0t${length / 2} 0" stroke="#fff" stroke-opacity=".35" stroke-width="2" fill="none"/>`;
  }).join('');
}

function town(dice: Dice, width: number, height: number, colour: string): string {
  return Array.from({ length: 14 }, (_, i) => {
    const w = dice(400 + i, width * 0.05, width * 0.11);
    const h = dice(420 + i, height * 0.12, height * 0.45);
    const x = Math.round((i * width) / 14);
    const windows = Array.from({ length: 12 }, (_, k) =>
      dice(440 + i * 13 + k, 0, 10) < 5
        ? ''
        : `<rect x="${x + w * (0.15 + 0.28 * (k % 3))}" y="${height - h + 14 + Math.floor(k / 3) * 26}" width="${w * 0.14}" height="12" fill="#ffe9a8" fill-opacity=".85"/>`,
    ).join('');
    return `<rect x="${x}" y="${height - h}" width="${w}" height="${h}" fill="${colour}"/>${windows}`;
  }).join('');
}

function flowers(dice: Dice, width: number, height: number): string {
  const colours: readonly [string, ...string[]] = ['#ff5d8f', '#ffd166', '#f8f9fa', '#c77dff', '#ef476f'];
  return Array.from({ length: 90 }, (_, i) => {
    const y = dice(600 + i, height * 0.74, height);
    const r = 2 + ((y - height * 0.74) / height) * 26;
    return `<circle cx="${dice(700 + i, 0, width)}" cy="${y}" r="${r.toFixed(1)}" fill="${pick(colours, i)}"/>`;
  }).join('');
}

function clouds(dice: Dice, width: number, height: number): string {
  return Array.from({ length: Math.round(dice(50, 0, 5)) }, (_, i) => {
    const x = dice(60 + i, 0, width);
    const y = dice(70 + i, height * 0.06, height * 0.3);
    const s = dice(80 + i, width * 0.03, width * 0.07);
    return `<g fill="#fff" fill-opacity=".7"><ellipse cx="${x}" cy="${y}" rx="${s * 1.9}" ry="${s * 0.5}"/><circle cx="${x - s * 0.5}" cy="${y - s * 0.3}" r="${s * 0.6}"/><circle cx="${x + s * 0.4}" cy="${y - s * 0.45}" r="${s * 0.75}"/></g>`;
  }).join('');
}

/** A landscape as an SVG document: another seed, another place, hour and weather. */
export function sceneSvg(seed: number, width: number, height: number): string {
  const dice: Dice = (salt, from, to) =>
    Math.round((from + (hash32(seed, salt, 77) / 2 ** 32) * (to - from)) * 10) / 10;
  const palette = pick(PALETTES, hash32(seed, 1));
  const kind = pick(KINDS, hash32(seed, 2));
  const horizon = Math.round(height * (kind === 'sea' ? 0.58 : 0.62));
  const [far, middle, near] = palette.hills;
  const sharp = kind === 'mountains';
  const sunX = dice(3, width * 0.12, width * 0.88);
  const sunY = dice(4, height * 0.12, height * 0.5);
  const sunR = dice(5, height * 0.04, height * 0.1);
  const land =
    kind === 'sea'
      ? `<path d="${ridge(dice, 1, width, horizon, horizon - height * 0.05, height * 0.04, false)}" fill="${far}"/><rect y="${horizon}" width="${width}" height="${height - horizon}" fill="url(#w)"/>${waves(dice, width, horizon, height)}`
      : [
          [far, horizon - height * 0.12, sharp ? 0.16 : 0.08],
          [middle, horizon, sharp ? 0.1 : 0.06],
          [near, horizon + height * 0.16, 0.05],
        ]
          .map(([fill, level, rough], i) => {
            const path = ridge(dice, i + 1, width, height, Number(level), height * Number(rough), sharp && i < 2);
            return `<path d="${path}" fill="${fill ?? far}"/>`;
          })
          .join('');
  const front =
    kind === 'city' ? town(dice, width, height, near) : kind === 'meadow' ? flowers(dice, width, height) : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${palette.sky[0]}"/><stop offset="1" stop-color="${palette.sky[1]}"/></linearGradient>
<linearGradient id="w" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${palette.water[0]}"/><stop offset="1" stop-color="${palette.water[1]}"/></linearGradient>
<radialGradient id="g"><stop offset="0" stop-color="${palette.sun}" stop-opacity=".9"/><stop offset="1" stop-color="${palette.sun}" stop-opacity="0"/></radialGradient></defs>
<rect width="${width}" height="${height}" fill="url(#s)"/>
<circle cx="${sunX}" cy="${sunY}" r="${sunR * 3.2}" fill="url(#g)"/><circle cx="${sunX}" cy="${sunY}" r="${sunR}" fill="${palette.sun}"/>
${clouds(dice, width, height)}${land}${front}</svg>`;
}
