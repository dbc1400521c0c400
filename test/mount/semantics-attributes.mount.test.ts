import assert from 'node:assert/strict';
import { readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { run, xattrsOf } from '../support/mounted-files.js';
import { withLibrary } from '../support/with-library.js';

/** Prints what getxattr answers to each name of a JSON object, and what setting and removing one answer. */
const ASK_XATTRS = `
import errno, json, os, sys
path, names = sys.argv[1], json.loads(sys.argv[2])
def answer(ask):
    try:
        ask()
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno].replace("ENOTSUP", "EOPNOTSUPP")
answers = {name: answer(lambda: os.getxattr(path, name)) for name in names}
answers["setting"] = answer(lambda: os.setxattr(path, "user.x", b"1"))
answers["removing"] = answer(lambda: os.removexattr(path, "user.gphotos.id"))
print(json.dumps(answers))`;

/** Prints the inode numbers of `.` and `..` as getdents64 gives them: ls asks stat where it may. */
const READ_DOTS = `
import ctypes, os, struct, sys
memory = ctypes.create_string_buffer(1 << 20)
length = ctypes.CDLL(None).syscall({"x86_64": 217, "aarch64": 61}[os.uname().machine], os.open(sys.argv[1], os.O_RDONLY), memory, len(memory))
found, at = {}, 0
while at < length:
    inode, _, size = struct.unpack_from("QqH", memory.raw, at)
    found[memory.raw[at + 19:at + size].split(b"\\0")[0]] = inode
    at += size
print(found[b"."], found[b".."])`;

describe('SEMANTICS: attributes, on a mount', () => {
  it('times: a file is dated by its creation, and 1969 only in the attribute', () =>
    withLibrary(
      (library) => {
        const old = library.add({ filename: 'moon.jpg', creationTime: '1969-07-20T20:17:40Z' }).id;
        const late = library.add({ filename: 'late.jpg', creationTime: '2024-05-06T07:08:09.250Z' }).id;
        library.add({ filename: 'middle.jpg', creationTime: '2020-01-01T00:00:00Z' });
        library.createAlbum('Two', [late, old]);
      },
      ({ mount }) =>
        mount({}, async ({ path }) => {
          const mtime = async (at: string): Promise<string> => {
            const { mtime, ctime } = await stat(join(path, at));
            assert.deepEqual(ctime, mtime);
            return mtime.toISOString();
          };
          assert.equal(await mtime('media/all/late.jpg'), '2024-05-06T07:08:09.250Z');
          assert.equal(await mtime('media/all/middle.jpg'), '2020-01-01T00:00:00.000Z');
          assert.equal(await mtime('media/all/moon.jpg'), '1970-01-01T00:00:00.000Z');
          assert.equal(
            (await xattrsOf(join(path, 'media/all/moon.jpg')))['user.gphotos.creation_time'],
            '1969-07-20T20:17:40Z',
          );
        }),
    ));

  it('modes: files are 0444 and folders 0555 less the umask, owned as asked', () =>
    withLibrary(
      (library) => void library.add({ filename: 'a.jpg' }),
      async ({ mount }) => {
        const look = async (path: string): Promise<string[]> => {
          const [file, folder] = [await stat(join(path, 'media/all/a.jpg')), await stat(join(path, 'media/all'))];
          return [(file.mode & 0o7777).toString(8), (folder.mode & 0o7777).toString(8), `${file.uid}:${folder.gid}`];
        };
        const me = `${process.getuid?.()}:${process.getgid?.()}`;
        await mount({ args: ['--umask', '022'] }, async ({ path }) =>
          assert.deepEqual(await look(path), ['444', '555', me]),
        );
        await mount({ args: ['--umask', '077', '--uid', '1234', '--gid', '4321'] }, async ({ path }) =>
          assert.deepEqual(await look(path), ['400', '500', '1234:4321']),
        );
      },
    ));

  it('inodes: the same in every view and after a remount', () =>
    withLibrary(
      (library) => {
        const id = library.add({ filename: 'a.jpg', favorite: true, creationTime: '2024-07-19T10:00:00Z' }).id;
        library.add({ filename: 'b.jpg', creationTime: '2024-07-19T10:00:00Z' });
        library.createAlbum('Rome', [id]);
      },
      async ({ mount }) => {
        const places = ['album/Rome', 'feature/favorites', 'media/all', 'media/by-day/2024/2024-07-19'];
        const look = async (path: string): Promise<number[]> => {
          const files = await Promise.all(places.map(async (place) => (await stat(join(path, place, 'a.jpg'))).ino));
          const folders = await Promise.all(places.map(async (place) => (await stat(join(path, place))).ino));
          return [...files, ...folders];
        };
        const first = await mount({}, async ({ path }) => {
          const inodes = await look(path);
          assert.equal(new Set(inodes.slice(0, places.length)).size, 1);
          assert.equal(new Set(inodes.slice(places.length)).size, places.length);
          const listed = await run('ls', ['-i', join(path, 'media/all')]);
          assert.match(listed, new RegExp(`^\\s*${inodes[0]} a\\.jpg$`, 'm'));
          assert.notEqual((await stat(join(path, 'media/all/b.jpg'))).ino, inodes[0]);
          for (const folder of [path, join(path, 'media'), join(path, 'media/all')]) {
            const dots = (await run('ls', ['-ai', folder])).match(/^ *[1-9]\d* \.{1,2}$/gm);
            assert.equal(dots?.length, 2, `${folder}: ${dots?.join()}`);
            const read = await run('python3', ['-c', READ_DOTS, folder]);
            assert.match(read, /^[1-9]\d* [1-9]\d*$/m, `${folder}: getdents`);
          }
          return inodes;
        });
        await mount({}, async ({ path }) => assert.deepEqual(await look(path), first));
      },
    ));

  it('xattrs: carry what Google gives and leave out what it does not', () =>
    withLibrary(
      (library) => {
        const full = library.add({
          filename: 'full.jpg',
          description: 'Grüße aus Rom',
          width: 640,
          height: 480,
          camera: { make: 'Canon', model: 'R5' },
          creationTime: '2024-07-19T10:00:00Z',
        });
        const bare = library.add({ filename: 'bare.jpg' });
        return { full: full.id, bare: bare.id, album: library.createAlbum('Rome', [full.id]).id };
      },
      ({ mount, made }) =>
        mount({}, async ({ path }) => {
          const url = `https://photos.google.com/lr/photo/${made.full}`;
          assert.deepEqual(await xattrsOf(join(path, 'media/all/full.jpg')), {
            'user.gphotos.id': made.full,
            'user.gphotos.creation_time': '2024-07-19T10:00:00Z',
            'user.gphotos.description': 'Grüße aus Rom',
            'user.gphotos.product_url': url,
            'user.gphotos.width': '640',
            'user.gphotos.height': '480',
            'user.gphotos.camera': 'Canon R5',
            'user.gphotos.source': 'app',
            'user.mime_type': 'image/jpeg',
            'user.xdg.origin.url': url,
            'user.xdg.comment': 'Grüße aus Rom',
          });
          const bare = await xattrsOf(join(path, 'media/all/bare.jpg'));
          assert.equal(bare['user.gphotos.id'], made.bare);
          for (const absent of ['user.gphotos.description', 'user.gphotos.camera', 'user.xdg.comment'])
            assert.equal(bare[absent], undefined, absent);
          assert.deepEqual(await xattrsOf(join(path, 'album/Rome')), { 'user.gphotos.id': made.album });
          assert.deepEqual(await xattrsOf(join(path, 'media/all')), {});
        }),
    ));

  it('xattr-long: a description over 64 KiB is cut between two characters and reads without an error', () =>
    withLibrary(
      (library) => void library.add({ filename: 'long.jpg', description: `x${'ä'.repeat(50_000)}` }),
      ({ mount }) =>
        mount({}, async ({ path }) => {
          const told = await xattrsOf(join(path, 'media/all/long.jpg'));
          const shown = `x${'ä'.repeat(32_767)}`;
          assert.ok(told['user.gphotos.description'] === shown, `${told['user.gphotos.description']?.length}`);
          assert.ok(told['user.xdg.comment'] === shown);
        }),
    ));

  it('xattr-errors: files, folders, albums, the root and documents refuse attributes as a kernel file system does', () =>
    withLibrary(
      (library) => void library.createAlbum('Rome', [library.add({ filename: 'a.jpg' }).id]),
      ({ mount }) =>
        mount({}, async ({ path }) => {
          const expected = {
            'user.absent': 'ENODATA',
            'trusted.x': 'ENODATA',
            'security.capability': 'ENODATA',
            'user.': 'EINVAL',
            'system.x': 'EOPNOTSUPP',
            foo: 'EOPNOTSUPP',
            '': 'ERANGE',
            [`user.${'n'.repeat(251)}`]: 'ERANGE',
            // Said in SEMANTICS.
            'security.selinux': 'EOPNOTSUPP',
            'system.posix_acl_access': 'EOPNOTSUPP',
            'system.posix_acl_default': 'EOPNOTSUPP',
          };
          const changes = { setting: 'EROFS', removing: 'EROFS' };
          for (const place of ['', 'README.txt', 'media', 'media/all', 'album/Rome', 'media/all/a.jpg']) {
            const answers = await run('python3', ['-c', ASK_XATTRS, join(path, place), JSON.stringify(expected)]);
            assert.deepEqual(JSON.parse(answers), { ...expected, ...changes }, place);
          }
        }),
    ));

  it('statfs: shows what is known as used and nothing as free', () =>
    withLibrary(
      (library) => [library.add({ size: 300_000 }), library.add({ size: 500_000 })].length,
      ({ mount, made }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          const facts = await statfs(path);
          const used = facts.blocks * facts.bsize;
          assert.ok(used >= 800_000 && used < 800_000 + facts.bsize, `${used}`);
          assert.deepEqual([facts.bfree, facts.bavail, facts.files], [0, 0, made]);
        }),
    ));

  it('readme: says how much there is, what Google hides and when the last sync was', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 3; index += 1) library.add();
      },
      ({ mount }) =>
        mount({}, async ({ path }) => {
          const file = join(path, 'README.txt');
          const { size } = await stat(file);
          const text = await readFile(file, 'utf8');
          assert.equal(Buffer.byteLength(text), size);
          assert.match(text, /\b3 items\b/);
          assert.match(text, /2025-03-31/);
          assert.match(text, /Last read from Google: \d{4}-\d\d-\d\d/);
          for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
        }),
    ));

  it('status-json: is the document that the command prints', () =>
    withLibrary(
      (library) => void library.add(),
      ({ mount }) =>
        mount({ until: 'measured' }, async ({ path, status }) => {
          const file = join(path, '.gphotos/status.json');
          const { size } = await stat(file);
          const text = await readFile(file);
          assert.equal(text.length, size);
          const inside = JSON.parse(text.toString()) as Record<string, unknown>;
          const outside = (await status()) as unknown as Record<string, unknown>;
          assert.deepEqual(Object.keys(inside).sort(), Object.keys(outside).sort());
          for (const field of ['mountpoint', 'pid', 'state', 'catalog', 'version'])
            assert.deepEqual(inside[field], outside[field], field);
        }),
    ));
});
