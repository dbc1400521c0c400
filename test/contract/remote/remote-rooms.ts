import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import assert from 'node:assert/strict';
import { createTokenSource } from '../../../src/auth/google-token-source.js';
import type { MediaId, MediaRef } from '../../../src/library/media-item.js';
import type { QuotaKind } from '../../../src/library/quota.js';
import { createFormExchange } from '../../../src/remote/http/form-exchange.js';
import { createHttp, type HttpOptions } from '../../../src/remote/http/http.js';
import { createMediaSource, type LearningMediaSource } from '../../../src/remote/media/google-media-source.js';
import { createRemoteLibrary } from '../../../src/remote/library/google-library.js';
import type { RemoteLibrary } from '../../../src/library/remote-library.js';
import type { Clock } from '../../../src/support/clock.js';
import type { EmulatedItem } from '../../emulator/item.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../emulator/start-emulator.js';

export const person = { priority: 'foreground' } as const;

export interface RemoteRooms {
  readonly emulator: Emulator;
  readonly library: RemoteLibrary;
  readonly media: LearningMediaSource;
  /** Requests that the rooms say they made. */
  readonly spent: Record<QuotaKind, number>;
  /** Waits that the rooms asked for, milliseconds; each was over at once and moved the emulator's clock. */
  readonly waits: number[];
  /** Runs `action`, which must fail, and gives the error back after looking for secrets in it. */
  readonly failure: (action: Promise<unknown>) => Promise<{ kind: string; hint: string }>;
}

/** The rooms `remote` and `auth` over real HTTP, signed in to an emulator of their own. Retries wait on the emulator's clock. */
export async function remoteRooms(
  test: TestContext,
  options: EmulatorOptions = {},
  httpOptions: HttpOptions = {},
): Promise<RemoteRooms> {
  const emulator = await startEmulator(options);
  const http = createHttp({ headersTimeoutMs: 2_000, bodyIdleTimeoutMs: 2_000, ...httpOptions });
  test.after(async () => {
    await http.close();
    await emulator.close();
  });
  const waits: number[] = [];
  const clock: Clock = {
    now: emulator.clock.now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
      emulator.clock.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const { env } = emulator;
  const spent = { api: 0, media: 0 };
  const common = { http, clock, random: () => 0, onRequest: (kind: QuotaKind) => spent[kind]++ };
  const tokens = new Set<string>();
  const source = createTokenSource(
    {
      clientId: env.GPHOTOS_CLIENT_ID,
      clientSecret: env.GPHOTOS_CLIENT_SECRET,
      refreshToken: env.GPHOTOS_REFRESH_TOKEN,
    },
    { tokenUrl: env.GPHOTOS_TOKEN_URL, exchange: createFormExchange(http), clock, random: () => 0 },
  );
  const library = createRemoteLibrary({
    ...common,
    baseUrl: env.GPHOTOS_LIBRARY_URL,
    token: async (refused) => {
      const token = await source(refused);
      tokens.add(token);
      return token;
    },
  });
  const media = createMediaSource({ ...common, baseUrl: env.GPHOTOS_LIBRARY_URL, library });
  return {
    emulator,
    library,
    media,
    spent,
    waits,
    failure: async (action) => {
      const error: unknown = await action.then(
        () => assert.fail('it worked'),
        (thrown: unknown) => thrown,
      );
      const everything = inspect(error, { depth: Infinity, showHidden: true });
      const secrets = [...tokens, env.GPHOTOS_CLIENT_SECRET, env.GPHOTOS_REFRESH_TOKEN, env.GPHOTOS_CLIENT_ID];
      for (const secret of secrets) assert.ok(!everything.includes(secret), `a secret shows in ${everything}`);
      assert.doesNotMatch(everything, /http:\/\/127/, 'an address shows');
      assert.ok(error instanceof Error && 'kind' in error, everything);
      return { kind: String(error.kind), hint: 'hint' in error ? String(error.hint) : '' };
    },
  };
}

export function refOf({ id, kind }: Pick<EmulatedItem, 'id' | 'kind'>): MediaRef {
  return { id: id as MediaId, kind };
}
