import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EmulatorEnv } from '../../emulator/start-emulator.js';

const MAIN = fileURLToPath(new URL('../../emulator/main.js', import.meta.url));

describe('the emulator as a program', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`the emulator as a program prints its environment as one line and ends at ${signal}`, async () => {
      const child = spawn(process.execPath, [MAIN, '--seed', '37', '--latency', '1', '--range', 'on'], {
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: 20_000,
      });
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
      const { url, env } = JSON.parse(line) as { url: string; env: EmulatorEnv };
      assert.equal(env.GPHOTOS_LIBRARY_URL, url);
      const form = {
        grant_type: 'refresh_token',
        refresh_token: env.GPHOTOS_REFRESH_TOKEN,
        client_id: env.GPHOTOS_CLIENT_ID,
        client_secret: env.GPHOTOS_CLIENT_SECRET,
      };
      const token = (await (
        await fetch(env.GPHOTOS_TOKEN_URL, { method: 'POST', body: new URLSearchParams(form) })
      ).json()) as { access_token: string };
      const headers = { authorization: `Bearer ${token.access_token}` };
      const page = (await (await fetch(`${url}/v1/mediaItems?pageSize=100`, { headers })).json()) as {
        mediaItems: unknown[];
      };
      assert.equal(page.mediaItems.length, 37);
      child.kill(signal);
      assert.deepEqual(await once(child, 'exit'), [0, null]);
    });
  }

  it('the emulator as a program refuses what is not a number', async () => {
    const child = spawn(process.execPath, [MAIN, '--latency', 'soon'], { stdio: 'ignore', timeout: 20_000 });
    assert.deepEqual(await once(child, 'exit'), [1, null]);
  });
});
