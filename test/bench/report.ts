import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = resolve(dirname(fileURLToPath(import.meta.url)), '../../../test/bench/results');

/** One measured quantity across the programs that were run side by side. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  /** Program name to figure; null where it could not be measured, with the reason in `note`. */
  readonly figures: Readonly<Record<string, number | null>>;
  readonly note?: string;
  /** The aim in words and whether this run met it. */
  readonly aim?: { readonly text: string; readonly met: boolean };
}

/** The circumstances, without which a figure says nothing. */
export function conditions(extra: Readonly<Record<string, string | number>>): Record<string, string | number> {
  return {
    date: new Date().toISOString(),
    node: process.version,
    kernel: release(),
    cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadAverage: loadavg()[0]?.toFixed(2) ?? '',
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
    ...extra,
  };
}

function format(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(3);
}

export function markdown(
  title: string,
  where: Readonly<Record<string, string | number>>,
  rows: readonly Row[],
): string {
  const programs = [...new Set(rows.flatMap((row) => Object.keys(row.figures)))];
  const lines = [
    `# ${title}`,
    '',
    ...Object.entries(where).map(([key, value]) => `- ${key}: ${value}`),
    '',
    `| what | unit | ${programs.join(' | ')} | aim | met | note |`,
    `|---|---|${programs.map(() => '---').join('|')}|---|---|---|`,
    ...rows.map(
      (row) =>
        `| ${row.what} | ${row.unit} | ${programs.map((name) => format(row.figures[name])).join(' | ')} | ${row.aim?.text ?? ''} | ${
          row.aim === undefined ? '' : row.aim.met ? 'yes' : 'NO'
        } | ${row.note ?? ''} |`,
    ),
    '',
  ];
  return lines.join('\n');
}

/** Writes `<name>.json` and `<name>.md` under test/bench/results and prints the table. */
export function publish(
  name: string,
  title: string,
  where: Readonly<Record<string, string | number>>,
  rows: readonly Row[],
): void {
  mkdirSync(folder, { recursive: true });
  const text = markdown(title, where, rows);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ title, conditions: where, rows }, null, 2)}\n`);
  writeFileSync(join(folder, `${name}.md`), text);
  console.log(text);
}
