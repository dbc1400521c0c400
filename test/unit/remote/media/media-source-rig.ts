import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import type { MediaId, MediaItem, MediaRef, VideoStatus } from '../../../../src/library/media-item.js';
import type { MediaStream } from '../../../../src/library/media-source.js';
import type { RemoteError } from '../../../../src/library/remote-error.js';
import { createHttp } from '../../../../src/remote/http/http.js';
import { createMediaSource, type MediaSourceDeps } from '../../../../src/remote/media/google-media-source.js';
import { InstantClock } from '../instant-clock.js';
import { oddServer, type Answer, type Seen } from '../odd-server.js';

export const photo: MediaRef = { id: 'P' as MediaId, kind: 'photo' };
export const video: MediaRef = { id: 'V' as MediaId, kind: 'video' };
export const person = { priority: 'foreground' } as const;
export const bytes = Buffer.from(Array.from({ length: 100 }, (_, index) => index));

export function itemOf(id: MediaId, baseUrl?: string, videoStatus?: VideoStatus): MediaItem {
  return {
    id,
    kind: videoStatus === undefined ? 'photo' : 'video',
    filename: '',
    description: '',
    productUrl: '',
    mimeType: '',
    creationTime: 0,
    creationTimeText: '',
    ...(videoStatus === undefined ? {} : { videoStatus }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
}

export type Lookup = (id: MediaId, root: string, call: number) => MediaItem | RemoteError;

interface Wanted {
  readonly answer: Answer;
  readonly lookup?: Lookup;
  readonly more?: Partial<MediaSourceDeps>;
}

/** A media source whose media host answers as told, and whose library knows an address for everything unless told otherwise. */
export async function sourceOn(test: TestContext, { answer, lookup, more }: Wanted) {
  const server = await oddServer(test, answer);
  const http = createHttp();
  test.after(() => http.close());
  const clock = new InstantClock();
  const batches: (readonly MediaId[])[] = [];
  let requests = 0;
  const source = createMediaSource({
    library: {
      batchGetMediaItems: (ids) => {
        batches.push(ids);
        const find = lookup ?? ((id, root, call) => itemOf(id, `${root}${id}-${call}`));
        return Promise.resolve(new Map(ids.map((id) => [id, find(id, server.root, batches.length)])));
      },
    },
    baseUrl: server.root,
    http,
    clock,
    random: () => 0,
    onRequest: (kind) => {
      assert.equal(kind, 'media');
      requests++;
    },
    ...more,
  });
  const paths = (): string[] => server.seen.map(({ method, url }) => `${method} ${url}`);
  return { source, server, clock, batches, paths, requests: () => requests };
}

export async function collect({ body }: MediaStream): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  await body.forEach((piece) => {
    pieces.push(Buffer.from(piece));
  });
  return Buffer.concat(pieces);
}

export function sendBytes(request: Seen, response: ServerResponse): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range === null) {
    response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': '100', etag: '"v1"' }).end(bytes);
    return;
  }
  const [start, end] = [Number(range[1]), Math.min(Number(range[2]), 99)];
  response.writeHead(206, {
    'content-type': 'video/mp4',
    'content-length': String(end - start + 1),
    'content-range': `bytes ${start}-${end}/100`,
  });
  response.end(bytes.subarray(start, end + 1));
}
