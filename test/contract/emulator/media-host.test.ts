import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import type { EmulatorOptions } from '../../emulator/start-emulator.js';
import { withEmulator } from './client.js';

const SEED: EmulatorOptions = { seed: { items: 40, albums: 0 } };

async function body(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

describe("the emulator's downloads", () => {
  it('the emulator’s downloads are the item as the library knows it, photos by =d and videos by =dv', () =>
    withEmulator(SEED, async (client, { library }) => {
      for (const { baseUrl, id, mediaMetadata } of (await client.get('/v1/mediaItems?pageSize=40')).mediaItems ?? []) {
        const video = mediaMetadata.video !== undefined;
        const response = await fetch(`${baseUrl}=${video ? 'dv' : 'd'}`);
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('content-type'), video ? 'video/mp4' : 'image/jpeg');
        assert.equal(Number(response.headers.get('content-length')), library.sizeOf(id));
        assert.ok((await body(response)).equals(await library.bytesOf(id)));
      }
    }));

  it('the emulator’s downloads have the headers of the image host, and none that it lacks', () =>
    withEmulator({}, async (_, { library, baseUrlOf }) => {
      const { id } = library.add({ filename: 'é"\n.jpg' });
      const { headers } = await fetch(`${baseUrlOf(id)}=d`);
      assert.equal(headers.get('content-disposition'), 'attachment;filename="___.jpg"');
      assert.equal(headers.get('cache-control'), 'private, max-age=86400, no-transform');
      assert.equal(headers.get('server'), 'fife');
      assert.match(headers.get('etag') ?? '', /^"v[0-9a-f]+"$/);
      assert.deepEqual([headers.get('accept-ranges'), headers.get('last-modified')], [null, null]);
    }));

  it('the emulator’s downloads tell their length to HEAD without sending bytes', () =>
    withEmulator(SEED, async (_, { library, baseUrlOf, counters }) => {
      const [item] = library.items();
      const response = await fetch(`${baseUrlOf(item?.id ?? '')}=d`, { method: 'HEAD' });
      assert.equal(Number(response.headers.get('content-length')), library.sizeOf(item?.id ?? ''));
      assert.equal((await body(response)).length, 0);
      assert.equal(counters.bytes({ route: 'media.photo' }), 0);
    }));

  it('the emulator’s downloads refuse HEAD, leave out the length, or have no ETag where switched so', () =>
    withEmulator(
      { ...SEED, switches: { head: false, contentLength: false, etag: false } },
      async (_, { library, baseUrlOf }) => {
        const [item] = library.items();
        const url = `${baseUrlOf(item?.id ?? '')}=d`;
        assert.equal((await fetch(url, { method: 'HEAD' })).status, 405);
        const response = await fetch(url);
        assert.deepEqual([response.headers.get('content-length'), response.headers.get('etag')], [null, null]);
        assert.equal((await body(response)).length, library.sizeOf(item?.id ?? ''));
      },
    ));

  it('the emulator’s downloads ignore ranges unless switched otherwise', () =>
    withEmulator(SEED, async (_, { library, baseUrlOf, switches }) => {
      const [item] = library.items();
      const url = `${baseUrlOf(item?.id ?? '')}=d`;
      const size = library.sizeOf(item?.id ?? '');
      const ask = (range: string): Promise<Response> => fetch(url, { headers: { range } });
      assert.equal((await ask('bytes=10-19')).status, 200);
      switches.range = 'honored';
      const part = await ask('bytes=10-19');
      assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 10-19/${size}`]);
      assert.ok((await body(part)).equals(await library.bytesOf(item?.id ?? '', 10, 20)));
      assert.equal((await ask('bytes=-5')).headers.get('content-range'), `bytes ${size - 5}-${size - 1}/${size}`);
      assert.equal(
        (await ask(`bytes=${size - 1}-${size + 50}`)).headers.get('content-range'),
        `bytes ${size - 1}-${size - 1}/${size}`,
      );
      const beyond = await ask(`bytes=${size}-`);
      assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${size}`]);
      const changed = await fetch(url, { headers: { range: 'bytes=0-9', 'if-range': '"other"' } });
      assert.equal(changed.status, 200);
    }));

  it('the emulator’s downloads are refused with a page of HTML when the URL is old, foreign or incomplete', () =>
    withEmulator(SEED, async (_, { library, baseUrlOf, clock, expireBaseUrls }) => {
      const [item] = library.items();
      const url = baseUrlOf(item?.id ?? '');
      const statusOf = async (address: string): Promise<number> => {
        const response = await fetch(address);
        if (response.status !== 200) assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
        return response.status;
      };
      assert.equal(await statusOf(url), 400);
      assert.equal(await statusOf(`${url}=x`), 400);
      assert.equal(await statusOf(`${url.slice(0, -30)}${'A'.repeat(30)}=d`.replace('AAJ1LK', 'AAJ1LKx')), 403);
      clock.advance(3_599_000);
      assert.equal(await statusOf(`${url}=d`), 200);
      clock.advance(1000);
      assert.equal(await statusOf(`${url}=d`), 403);
      const fresh = baseUrlOf(item?.id ?? '');
      assert.equal(await statusOf(`${fresh}=d`), 200);
      expireBaseUrls();
      assert.equal(await statusOf(`${fresh}=d`), 403);
      assert.equal(await statusOf(`${baseUrlOf(item?.id ?? '')}=d`), 200);
    }));

  it('the emulator’s downloads are a 404 picture when the item is gone, or has no such form', () =>
    withEmulator({}, async (_, { library, baseUrlOf }) => {
      const gone = library.add();
      const url = baseUrlOf(gone.id);
      const missing = async (address: string): Promise<void> => {
        const response = await fetch(address);
        assert.deepEqual([response.status, response.headers.get('content-type')], [404, 'image/png']);
        assert.equal((await sharp(await body(response)).metadata()).format, 'png');
      };
      await missing(`${url}=dv`);
      library.remove(gone.id);
      await missing(`${url}=d`);
      await missing(`${baseUrlOf(library.add({ kind: 'video', videoStatus: 'FAILED' }).id)}=dv`);
    }));

  it('the emulator’s downloads give a still picture for the =d of a video', () =>
    withEmulator({}, async (_, { library, baseUrlOf }) => {
      const { id } = library.add({ kind: 'video' });
      const response = await fetch(`${baseUrlOf(id)}=d`);
      assert.equal(response.headers.get('content-type'), 'image/jpeg');
      assert.notEqual((await body(response)).length, library.sizeOf(id));
    }));

  it('the emulator’s downloads come as thumbnails that fit, or are cropped, and never grow', () =>
    withEmulator({}, async (_, { library, baseUrlOf }) => {
      const sizeOf = async (id: string, form: string): Promise<unknown> => {
        const { width, height } = await sharp(await body(await fetch(`${baseUrlOf(id)}=${form}`))).metadata();
        return [width, height];
      };
      const photo = library.add().id;
      assert.deepEqual(await sizeOf(photo, 'w200-h200'), [200, 150]);
      assert.deepEqual(await sizeOf(photo, 'w200-h200-c'), [200, 200]);
      assert.deepEqual(await sizeOf(photo, 'w2000-h2000'), [640, 480]);
      assert.deepEqual(await sizeOf(library.add({ kind: 'video' }).id, 'w320-h320-no'), [320, 180]);
    }));

  it('the emulator’s downloads move to another address where switched so', () =>
    withEmulator({ ...SEED, switches: { redirect: 'videos' } }, async (_, { library, baseUrlOf, counters }) => {
      const items = [...library.items()];
      const video = items.find(({ kind }) => kind === 'video')?.id ?? '';
      const photo = items.find(({ kind }) => kind === 'photo')?.id ?? '';
      assert.equal((await fetch(`${baseUrlOf(photo)}=d`, { redirect: 'manual' })).status, 200);
      const moved = await fetch(`${baseUrlOf(video)}=dv`, {
        redirect: 'manual',
        headers: { authorization: 'Bearer x' },
      });
      assert.equal(moved.status, 302);
      assert.ok((await body(await fetch(moved.headers.get('location') ?? ''))).equals(await library.bytesOf(video)));
      assert.deepEqual(
        counters.journal({ mediaId: video }).map(({ route, authorized }) => [route, authorized]),
        [
          ['media.video', true],
          ['media.moved', false],
        ],
      );
    }));

  it('the emulator’s downloads need a token where switched so', () =>
    withEmulator({ ...SEED, switches: { mediaNeedsToken: true } }, async (_, { library, baseUrlOf, oauth }) => {
      const [item] = library.items();
      const url = `${baseUrlOf(item?.id ?? '')}=d`;
      assert.equal((await fetch(url)).status, 403);
      assert.equal(
        (await fetch(url, { headers: { authorization: `Bearer ${oauth.issueAccessToken().token}` } })).status,
        200,
      );
    }));

  it('the emulator’s downloads change with the ETag when the bytes are replaced', () =>
    withEmulator({}, async (_, { library, baseUrlOf }) => {
      const { id } = library.add({ size: 40_000 });
      const url = `${baseUrlOf(id)}=d`;
      const before = await fetch(url);
      library.replaceBytes(id, { size: 40_000 });
      const after = await fetch(url);
      assert.notEqual(after.headers.get('etag'), before.headers.get('etag'));
      assert.ok(!(await body(after)).equals(await body(before)));
      library.replaceBytes(id, { bytes: Buffer.from('short') });
      assert.equal(await (await fetch(url)).text(), 'short');
    }));

  it('the emulator’s downloads are computed as they are read, so that a huge video costs no memory', () =>
    withEmulator({ switches: { range: 'honored' } }, async (_, { library, baseUrlOf }) => {
      const size = 6 * 2 ** 30;
      const { id } = library.add({ kind: 'video', size });
      const url = `${baseUrlOf(id)}=dv`;
      assert.equal((await fetch(url, { method: 'HEAD' })).headers.get('content-length'), String(size));
      const from = 5 * 2 ** 30 - 7;
      const part = await body(await fetch(url, { headers: { range: `bytes=${from}-${from + 99_999}` } }));
      const there = await body(await fetch(url, { headers: { range: `bytes=${from + 50_000}-${from + 50_009}` } }));
      assert.equal(part.length, 100_000);
      assert.ok(part.subarray(50_000, 50_010).equals(there));
    }));

  it('the emulator’s downloads wait for a slow reader', () =>
    withEmulator({}, async (_, { library, baseUrlOf, counters }) => {
      const { id } = library.add({ kind: 'video', size: 64 * 2 ** 20 });
      await new Promise<void>((resolve, reject) => {
        const asked = httpRequest(`${baseUrlOf(id)}=dv`, (response) => {
          response.once('data', () => {
            response.destroy();
            resolve();
          });
        });
        asked.on('error', reject).end();
      });
      while (counters.open > 0) await new Promise(setImmediate);
      assert.ok(counters.bytes({ mediaId: id }) < 32 * 2 ** 20, 'most of the video was never sent');
    }));
});
