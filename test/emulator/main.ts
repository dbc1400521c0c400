// The emulator as a program: prints one line of JSON ({url, env}) and runs until SIGTERM or SIGINT.
import { parseArgs } from 'node:util';
import { startEmulator } from './start-emulator.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '100' },
    albums: { type: 'string' },
    'videos-every': { type: 'string' },
    random: { type: 'string' },
    latency: { type: 'string', default: '0' },
    range: { type: 'string', default: 'off' },
    port: { type: 'string', default: '0' },
    'api-per-day': { type: 'string' },
    'media-per-day': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function number(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} takes a number, not "${text}"`);
  return value;
}

function given<K extends string>(key: K, value: number | undefined): Partial<Record<K, number>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, number>);
}

if (values.help) {
  console.log(
    'emulator [--seed N|demo] [--albums N] [--videos-every N] [--random N] [--latency MS] [--range on|off] [--port P] [--api-per-day N] [--media-per-day N]',
  );
} else {
  const emulator = await startEmulator({
    seed:
      values.seed === 'demo'
        ? 'demo'
        : {
            ...given('items', number(values.seed, 'seed')),
            ...given('albums', number(values.albums, 'albums')),
            ...given('videosEvery', number(values['videos-every'], 'videos-every')),
            ...given('random', number(values.random, 'random')),
          },
    switches: {
      latencyMs: number(values.latency, 'latency') ?? 0,
      range: values.range === 'on' ? 'honored' : 'ignored',
      ...given('apiPerDay', number(values['api-per-day'], 'api-per-day')),
      ...given('mediaPerDay', number(values['media-per-day'], 'media-per-day')),
    },
    port: number(values.port, 'port') ?? 0,
  });
  console.log(JSON.stringify({ url: emulator.url, env: emulator.env, pid: process.pid }));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void emulator.close());
}
