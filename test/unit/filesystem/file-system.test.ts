import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KnownSizes } from '../../../src/filesystem/content-access.js';
import { ContentError, type ContentErrorCode } from '../../../src/content/content-error.js';
import { FsError } from '../../../src/filesystem/file-system.js';
import { toFsError } from '../../../src/filesystem/to-fs-error.js';
import type { MediaRef } from '../../../src/library/media-item.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { UserError } from '../../../src/support/user-error.js';
import { bytesFor, mediaIdFor } from '../../behaviour/memory-catalog.js';
import { MemoryContent, mountInMemory } from '../../behaviour/memory-world.js';
import type { ItemSpec, LibrarySpec } from '../../behaviour/world.js';
import { until } from '../../support/until.js';
import { ManualClock } from '../content/manual-clock.js';
import { HandClock } from './hand-clock.js';

const photo: LibrarySpec = { items: [{ key: 'a' }] };
const A = '/media/all/a.jpg';

function codeOf(operation: () => unknown): string {
  try {
    operation();
  } catch (error) {
    assert.ok(error instanceof FsError);
    return error.code;
  }
  assert.fail('it was answered');
}

/** An error that this room does not know. */
function odd(code: string): Error {
  return Object.assign(new Error('the disk is full'), { code });
}

function failing(code: ContentErrorCode, hint?: string): Error {
  return new ContentError(code, 'the disk is full', hint);
}

describe('the hot path', () => {
  it('the file system answers getattr, readdir and xattrs of what is measured at once, without a promise', () => {
    const { fileSystem, content } = mountInMemory(photo);
    const answers = [fileSystem.getattr(A), fileSystem.readdir('/media/all'), fileSystem.getxattr(A, 'user.mime_type')];
    assert.ok(answers.every((answer) => !(answer instanceof Promise)));
    assert.deepEqual(content.measured, []);
  });

  it('the file system opens and reads without a promise where the bytes are there', () => {
    const content = {
      open: () => ({ size: 1, read: () => 1, close: () => undefined }),
    };
    const file = mountInMemory(photo, {}, { content }).fileSystem.open(A);
    assert.ok(!(file instanceof Promise));
    assert.equal(file.read(Buffer.alloc(1), 0), 1);
  });

  it('the file system looks nothing up for the access lists and labels that ls asks for', () => {
    const { fileSystem, catalog } = mountInMemory(photo);
    catalog.findItem = () => assert.fail('it looked');
    for (const name of ['system.posix_acl_access', 'security.selinux', 'security.capability']) {
      assert.equal(
        codeOf(() => fileSystem.getxattr(A, name)),
        'ENODATA',
      );
    }
  });

  it('the file system asks the catalog once for a file in a folder seen before', () => {
    const { fileSystem, catalog } = mountInMemory(photo);
    const path = '/media/by-day/2024/2024-07-19/a.jpg';
    void fileSystem.getattr(path);
    const asked: string[] = [];
    const watched = new Proxy(catalog, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          asked.push(String(name));
          return Reflect.apply(value, target, args) as unknown;
        };
      },
    });
    const second = mountInMemory(photo, {}, { catalog: watched }).fileSystem;
    void second.getattr(path);
    asked.length = 0;
    void second.getattr(path);
    assert.deepEqual(asked, ['findItem']);
  });
});

describe('an unmeasured item', () => {
  const many: ItemSpec[] = ['a', 'b', 'c', 'd'].map((key) => ({ key, unmeasured: key !== 'd' }));
  const library: LibrarySpec = {
    items: [...many, { key: 'v', mimeType: 'video/mp4', unmeasured: true, videoStatus: 'PROCESSING' }],
    albums: [{ title: 'Two', items: ['a', 'b'] }],
  };

  it('an unmeasured item is measured when it is looked at, and its unmeasured siblings are queued', async () => {
    const { fileSystem, content } = mountInMemory(library);
    assert.equal((await fileSystem.getattr('/album/Two/a.jpg')).size, bytesFor('a').length);
    assert.deepEqual(content.measured, [mediaIdFor('a')]);
    assert.deepEqual(content.queued.sort(), [mediaIdFor('a'), mediaIdFor('b')]);
  });

  for (const isOpened of [false, true]) {
    const outcome = isOpened
      ? 'is opened at once: no siblings are queued'
      : 'is not opened: its siblings are queued 0.3 s later';
    it(`the first look at an unmeasured item that ${outcome}`, async () => {
      const clock = new ManualClock();
      const sizes = new MemoryContent(library);
      sizes.isListing = false;
      sizes.isUnopened = () => !isOpened;
      const { fileSystem } = mountInMemory(library, {}, { clock, sizes });
      await fileSystem.getattr('/media/all/a.jpg');
      await clock.advance(299);
      assert.deepEqual(sizes.queued, []);
      await clock.advance(1);
      assert.equal(sizes.queued.length, isOpened ? 0 : 3);
    });
  }

  it('unmeasured siblings are queued once for a walk through the folder, and again for a later one', async () => {
    const clock = new HandClock();
    const { fileSystem, content } = mountInMemory(library, {}, { clock });
    for (const key of ['a', 'b', 'c']) await fileSystem.getattr(`/media/all/${key}.jpg`);
    assert.equal(content.queued.length, 3, 'not the measured one, not the video in processing');
    await fileSystem.getattr('/album/Two/a.jpg');
    assert.equal(content.queued.length, 5, 'another folder');
    clock.advance(1000);
    await fileSystem.getattr('/album/Two/a.jpg');
    assert.equal(content.queued.length, 7);
  });

  it('an item shows a measured size that is newer than the catalog’s', async () => {
    const content = new MemoryContent(library);
    const sizes = {
      known: () => 4711,
      knownEtag: () => undefined,
      correction: () => undefined,
      changedAt: () => undefined,
      sizeOf: (ref: MediaRef) => content.sizeOf(ref),
      measureSoon: () => undefined,
      sizeForFetch: () => Promise.reject(new Error('nothing is fetched here')),
      isListing: true,
      isUnopened: () => true,
    };
    const { fileSystem } = mountInMemory(library, {}, { sizes });
    assert.equal((await fileSystem.getattr('/media/all/a.jpg')).size, 4711);
    assert.equal((await fileSystem.getattr('/media/all/d.jpg')).size, 4711);
  });
});

describe('an open that has to measure first', () => {
  it('an open that measured for 20 s fails with EIO after 28 s without bytes, and closes what opens later', async () => {
    const clock = new ManualClock();
    const library: LibrarySpec = { items: [{ key: 'a', unmeasured: true }] };
    const memory = new MemoryContent(library);
    const state = { isClosed: false, deliver: (): void => undefined };
    const sizes: KnownSizes = {
      known: () => undefined,
      knownEtag: () => undefined,
      correction: () => undefined,
      changedAt: () => undefined,
      sizeOf: (ref) => clock.sleep(20_000).then(() => memory.sizeOf(ref)),
      measureSoon: () => undefined,
      sizeForFetch: () => Promise.reject(new Error('nothing is fetched here')),
      isListing: true,
      isUnopened: () => true,
    };
    const bytes = {
      size: 1,
      read: () => 1,
      close: () => {
        state.isClosed = true;
      },
    };
    const content = {
      open: () =>
        new Promise<typeof bytes>((resolve) => {
          state.deliver = () => resolve(bytes);
        }),
    };
    const { fileSystem } = mountInMemory(library, {}, { sizes, content, clock });
    const opening = Promise.resolve(fileSystem.open(A));
    const failure = assert.rejects(opening, { code: 'EIO' });
    await clock.advance(28_000);
    await failure;
    assert.equal(state.isClosed, false);
    state.deliver();
    await until('it is closed', () => state.isClosed);
  });
});

describe('an item whose bytes changed', () => {
  it("an item whose bytes changed shows the time of the change until the catalog has it, then the catalog's", async () => {
    const created = '2024-07-19T12:00:00Z';
    const library: LibrarySpec = { items: [{ key: 'a', created }] };
    const content = new MemoryContent(library);
    let changedAt: number | undefined = 4711;
    const sizes: KnownSizes = {
      known: () => undefined,
      knownEtag: () => undefined,
      correction: () => ({ count: 1, at: 4711 }),
      changedAt: () => changedAt,
      sizeOf: (ref) => content.sizeOf(ref),
      measureSoon: () => undefined,
      sizeForFetch: () => Promise.reject(new Error('nothing is fetched here')),
      isListing: true,
      isUnopened: () => true,
    };
    const { fileSystem } = mountInMemory(library, {}, { sizes });
    const times = async (): Promise<number[]> => {
      const { mtime, ctime } = await fileSystem.getattr('/media/all/a.jpg');
      return [mtime, ctime];
    };
    assert.deepEqual(await times(), [4711, 4711]);
    changedAt = undefined;
    assert.deepEqual(await times(), [Date.parse(created), Date.parse(created)]);
  });
});

describe('an answer that is no', () => {
  it('an error answer has no stack, but keeps the stack of the fault behind it', () => {
    const { fileSystem } = mountInMemory({ items: [] });
    const before = Error.stackTraceLimit;
    assert.throws(
      () => fileSystem.getattr('/media/all/nobody.jpg'),
      (error: unknown) => error instanceof FsError && error.code === 'ENOENT' && !error.stack?.includes('\n    at '),
    );
    assert.equal(Error.stackTraceLimit, before);
    assert.match((toFsError(new Error('a fault')).cause as Error).stack ?? '', /\n {4}at /);
  });
});

describe('trouble', () => {
  it('a problem is reported once for each item, by name and with the next step, until it is over', async () => {
    const lost: ItemSpec = { key: 'lost', unmeasured: true, trouble: 'gone' };
    const recovered: string[] = [];
    const clock = new HandClock();
    const options = { clock, recovered: (id: string) => recovered.push(id) };
    const { fileSystem, problems, content } = mountInMemory({ items: [lost] }, {}, options);
    const look = (): Promise<unknown> => Promise.resolve(fileSystem.getattr('/media/all/lost.jpg'));
    for (let times = 0; times < 3; times++) await assert.rejects(look(), { code: 'EIO' });
    assert.equal(problems.length, 1);
    assert.equal(problems[0]?.code, 'size-unknown');
    assert.match(problems[0].message, /lost\.jpg/);
    assert.notEqual(problems[0].hint, '');
    clock.advance(600_000);
    await assert.rejects(look(), { code: 'EIO' });
    assert.equal(problems.length, 2, 'again when it goes on for long');
    assert.deepEqual(recovered, []);
    content.become({ items: [{ key: 'lost', unmeasured: true }] });
    await look();
    assert.equal(recovered.length, 1);
    content.become({ items: [lost] });
    await assert.rejects(look(), { code: 'EIO' });
    assert.equal(problems.length, 3);
  });

  it('a video without bytes is reported once, by name and reason, and costs no request', async () => {
    const video = { mimeType: 'video/mp4', unmeasured: true };
    const { fileSystem, problems, content } = mountInMemory({
      items: [
        { ...video, key: 'soon', videoStatus: 'PROCESSING' },
        { ...video, key: 'never', videoStatus: 'FAILED' },
      ],
    });
    for (let times = 0; times < 2; times++) {
      await assert.rejects(async () => fileSystem.getattr('/media/all/soon.mp4'), { code: 'EAGAIN' });
      await assert.rejects(async () => fileSystem.open('/media/all/never.mp4'), { code: 'EIO' });
    }
    assert.deepEqual(problems.map(({ code }) => code).sort(), ['video-failed', 'video-processing']);
    assert.deepEqual(content.measured, []);
  });

  it('a failed open keeps the code and the hint of the content store', async () => {
    for (const code of ['EIO', 'EAGAIN', 'ESTALE'] as const) {
      const content = { open: () => Promise.reject(failing(code, 'free some space')) };
      const { fileSystem, problems } = mountInMemory(photo, {}, { content });
      await assert.rejects(async () => fileSystem.open(A), { name: 'FsError', code });
      assert.equal(problems[0]?.hint, 'free some space');
    }
  });

  it('an open or a read that fails for an unknown reason is EIO, thrown or rejected', async () => {
    const read = (): never => {
      throw new TypeError('bug');
    };
    const contents = [
      { open: () => Promise.reject(odd('ENOSPC')) },
      {
        open: () => {
          throw odd('ENOENT');
        },
      },
      { open: () => Promise.reject(new RemoteError('server', 'broken')) },
      { open: () => ({ size: 1, read, close: () => undefined }) },
      { open: () => ({ size: 1, read: () => Promise.reject(failing('EIO')), close: () => undefined }) },
    ];
    for (const content of contents) {
      const { fileSystem, problems } = mountInMemory(photo, {}, { content });
      const reading = async (): Promise<unknown> => (await fileSystem.open(A)).read(Buffer.alloc(1), 0);
      await assert.rejects(reading, { name: 'FsError', code: 'EIO' });
      assert.equal(problems.length, 1);
    }
  });

  it('a root that names no folder is refused before anything is mounted', () => {
    assert.throws(() => mountInMemory(photo, { root: 'album/Nope' }), UserError);
  });
});

describe('a released file', () => {
  it('a released file closes its bytes once', async () => {
    const { fileSystem, content } = mountInMemory(photo);
    const file = await fileSystem.open(A);
    assert.equal(content.openFiles, 1);
    file.release();
    assert.equal(content.openFiles, 0);
  });
});

describe('documents', () => {
  it('documents are as long when read as stat said, also if their text has changed since', async () => {
    const clock = new HandClock();
    let text = 'one';
    const documents = { readme: () => text, status: () => '{}' };
    const { fileSystem } = mountInMemory({}, {}, { clock, documents });
    const buffer = Buffer.alloc(100);
    const readAll = async (): Promise<string> => {
      const file = await fileSystem.open('/README.txt');
      return buffer.toString('utf8', 0, await file.read(buffer, 0));
    };
    assert.equal((await fileSystem.getattr('/README.txt')).size, 3);
    text = 'three';
    clock.advance(999);
    assert.equal((await fileSystem.getattr('/README.txt')).size, 3, 'the kernel may still trust the first answer');
    clock.advance(60_000);
    assert.equal(await readAll(), 'one', 'opening shows nothing new by itself');
    assert.equal((await fileSystem.getattr('/README.txt')).size, 5);
    assert.equal(await readAll(), 'three');
  });

  it('the size of a document counts bytes, not characters', async () => {
    const { fileSystem } = mountInMemory({}, {}, { documents: { readme: () => 'Grüße', status: () => '' } });
    assert.equal((await fileSystem.getattr('/README.txt')).size, 7);
  });

  it('documents keep their date while their text is the same', async () => {
    const clock = new HandClock();
    let text = 'one';
    const { fileSystem } = mountInMemory({}, {}, { clock, documents: { readme: () => text, status: () => '{}' } });
    const { mtime } = await fileSystem.getattr('/README.txt');
    clock.advance(5000);
    assert.equal((await fileSystem.getattr('/README.txt')).mtime, mtime);
    text = 'two';
    clock.advance(5000);
    assert.equal((await fileSystem.getattr('/README.txt')).mtime, mtime + 10_000);
  });
});
