import type { Emulator } from '../emulator/start-emulator.js';
import type { FieldWorld } from './field-worlds.js';
import { median, until } from './measure.js';
import type { Row } from './report.js';

const MIB = 2 ** 20;
const MEDIA = /^media\./;

/** Figures of a row by world, one a round. */
export type Figures = Map<string, number[]>;

export function note(figures: Figures, world: string, value: number): void {
  const values = figures.get(world);
  if (values === undefined) figures.set(world, [value]);
  else values.push(value);
}

export function medians(figures: Figures): Record<string, number> {
  return Object.fromEntries([...figures].map(([name, values]) => [name, median(values)]));
}

/** The value of `--NAME=VALUE` in the command line. */
export function asked(name: string): string | undefined {
  const start = `--${name}=`;
  return process.argv.find((word) => word.startsWith(start))?.slice(start.length);
}

/** The aim: our time, times a factor, is at most rclone's. */
export interface Aim {
  readonly text: string;
  readonly factor: number;
}

/** What is measured of a piece of work in each world and round. */
export class Field {
  readonly rows: Row[] = [];

  constructor(private readonly emulator: Emulator) {}

  /** Each world does the same, the first to begin being another one each round. Gives seconds by world. */
  async row(
    what: string,
    worlds: readonly FieldWorld[],
    rounds: number,
    work: (world: FieldWorld, round: number) => Promise<number>,
    aim?: Aim,
  ): Promise<void> {
    if (!what.includes(asked('rows') ?? '')) return;
    const { counters } = this.emulator;
    const seconds: Figures = new Map();
    const requests: Figures = new Map();
    const fetched: Figures = new Map();
    const handshakes: Figures = new Map();
    for (let round = 0; round < rounds; round++) {
      for (const place of worlds.keys()) {
        const world = worlds[(place + round) % worlds.length];
        if (world === undefined) continue;
        counters.reset();
        const taken = await work(world, round);
        console.error(`  ${world.name}: ${what}: ${taken.toFixed(3)} s`);
        note(seconds, world.name, taken);
        await until('no request is open', () => counters.open === 0, 15).catch(() => undefined);
        note(requests, world.name, counters.requests({ route: MEDIA }));
        note(fetched, world.name, counters.bytes({ route: MEDIA }) / MIB);
        note(
          handshakes,
          world.name,
          this.emulator.authorityFile === undefined ? counters.connections : counters.handshakes,
        );
      }
    }
    const own = median(seconds.get('gphotos-mount') ?? []);
    const rclone = Math.min(
      ...[...seconds].filter(([name]) => name.startsWith('rclone')).map(([, values]) => median(values)),
    );
    const former = median(seconds.get('former') ?? []);
    const ofFormer = Number.isNaN(former) ? '' : `, ${(own / former).toFixed(2)} x the former build`;
    this.rows.push({
      what,
      unit: 's',
      figures: medians(seconds),
      note: `${(own / rclone).toFixed(2)} x rclone${ofFormer}`,
      ...(aim === undefined ? {} : { aim: { text: aim.text, met: own * aim.factor <= rclone } }),
    });
    const costs = [
      ['media requests', '', requests],
      ['MiB fetched', 'MiB', fetched],
      [this.emulator.authorityFile === undefined ? 'connections' : 'TLS handshakes', '', handshakes],
    ] as const;
    for (const [name, unit, figures] of costs)
      this.rows.push({ what: `${what}, ${name}`, unit, figures: medians(figures) });
  }
}
