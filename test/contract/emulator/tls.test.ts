import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { startRcloneProxy } from '../../emulator/https-proxy.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../emulator/start-emulator.js';

const execute = promisify(execFile);

async function withTls(
  options: EmulatorOptions,
  use: (emulator: Emulator, agent: Agent) => Promise<void>,
): Promise<void> {
  const emulator = await startEmulator({ ...options, tls: true });
  const ca = readFileSync(emulator.authorityFile ?? '', 'utf8');
  const agent = new Agent({ connections: 1, connect: { ca } });
  try {
    await use(emulator, agent);
  } finally {
    await agent.destroy();
    await emulator.close();
  }
}

describe('the emulator with TLS', () => {
  it('an emulator with TLS serves who trusts its authority and nobody else, and counts handshakes, not requests', () =>
    withTls({}, async ({ library, baseUrlOf, counters }, dispatcher) => {
      const { id } = library.add({ size: 70_000 });
      const url = `${baseUrlOf(id)}=d`;
      assert.match(url, /^https:/);
      for (let turn = 0; turn < 3; turn++) {
        const bytes = Buffer.from(await (await request(url, { dispatcher })).body.arrayBuffer());
        assert.ok(bytes.equals(await library.bytesOf(id)));
      }
      assert.deepEqual([counters.connections, counters.handshakes, counters.requests()], [1, 1, 3]);
      await assert.rejects(fetch(url));
      assert.equal(counters.requests(), 3);
    }));

  it('a line of 1 MB a second gives two answers on one connection together no more than that', () =>
    withTls({ switches: { bytesPerSecond: 1_000_000 } }, async ({ library, baseUrlOf, counters }, dispatcher) => {
      const { id } = library.add({ size: 150_000 });
      const began = performance.now();
      for (let turn = 0; turn < 2; turn++)
        await (await request(`${baseUrlOf(id)}=d`, { dispatcher })).body.arrayBuffer();
      // A lower bound only: a loaded machine is slower still.
      assert.ok(performance.now() - began >= 280);
      assert.equal(counters.connections, 1);
    }));

  it('rclone reads from an emulator with TLS by its proxy variables', () =>
    withTls({ seed: { items: 3, albums: 0 } }, async (emulator) => {
      const proxy = await startRcloneProxy(emulator);
      try {
        const env = { ...process.env, ...proxy.env };
        const { stdout } = await execute('rclone', ['cat', 'gphotos:media/all'], {
          env,
          timeout: 60_000,
          encoding: 'buffer',
          maxBuffer: 2 ** 28,
        });
        const sizes = [...emulator.library.items()].map(({ id }) => emulator.library.sizeOf(id));
        assert.equal(
          stdout.length,
          sizes.reduce((sum, size) => sum + size, 0),
        );
        assert.ok(emulator.counters.handshakes > 0);
        assert.deepEqual([...proxy.asked], ['photoslibrary.googleapis.com']);
      } finally {
        await proxy.close();
      }
    }));
});
