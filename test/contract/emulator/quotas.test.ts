import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refused, withEmulator } from './client.js';

describe("the emulator's quotas", () => {
  it('the emulator’s quotas end the API for the day, until midnight in Los Angeles', () =>
    withEmulator({ switches: { apiPerDay: 2 } }, async (client, { clock, quotas, oauth }) => {
      // Half an hour before midnight of a summer day in Los Angeles.
      clock.set(Date.parse('2026-07-02T06:30:00Z'));
      client.use(oauth.issueAccessToken().token);
      await client.get('/v1/mediaItems');
      await client.get('/v1/albums');
      const error = await refused(client.request('GET', '/v1/mediaItems'), 429, 'RESOURCE_EXHAUSTED');
      assert.match(error.message, /All requests per day/);
      assert.match(JSON.stringify(error.details), /"quota_limit":"ApiCallsPerProjectPerDay"/);
      assert.deepEqual(quotas.used, { api: 2, media: 0 });
      clock.advance(31 * 60_000);
      await client.get('/v1/mediaItems');
      assert.deepEqual(quotas.used, { api: 1, media: 0 });
    }));

  it('the emulator’s quotas count downloads apart, and refuse them without JSON', () =>
    withEmulator(
      { seed: { items: 1 }, switches: { mediaPerDay: 1 } },
      async (client, { library, baseUrlOf, quotas }) => {
        const [item] = library.items();
        const url = `${baseUrlOf(item?.id ?? '')}=d`;
        assert.equal((await fetch(url, { method: 'HEAD' })).status, 200);
        const response = await fetch(url);
        assert.equal(response.status, 429);
        assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
        await client.get('/v1/mediaItems');
        assert.deepEqual(quotas.used, { api: 1, media: 1 });
      },
    ));

  it('the emulator’s quotas let thirty writes pass in a minute', () =>
    withEmulator({}, async (client, { clock }) => {
      const create = (): Promise<Response> => client.request('POST', '/v1/albums', { album: { title: 'x' } });
      for (let i = 0; i < 30; i++) assert.equal((await create()).status, 200);
      const error = await refused(create(), 429, 'RESOURCE_EXHAUSTED');
      assert.match(JSON.stringify(error.details), /"quota_limit":"WritesPerMinutePerUser"/);
      await client.get('/v1/albums');
      clock.advance(61_000);
      assert.equal((await create()).status, 200);
    }));

  it('the emulator’s quotas do not count requests that were not allowed in', () =>
    withEmulator({}, async (client, { quotas }) => {
      client.use('wrong');
      await refused(client.request('GET', '/v1/mediaItems'), 401, 'UNAUTHENTICATED');
      assert.equal(quotas.used.api, 0);
    }));
});
