// Lays the files of the package below a folder, as they will be installed.
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PROGRAM, root, run } from './common.mjs';
import { copyRuntimeModules } from './npm-packages.mjs';
import { copyrightText } from './copyright.mjs';

const HOME = 'usr/lib/gphotos-mount';
const DOC = 'usr/share/doc/gphotos-mount';
/** Stands for the mount point until systemd puts the instance there: see systemd.unit(5). */
const PLACEHOLDER = '/MOUNTPOINT';

/** `parts`: the folder of native-parts.mjs, `modules` that of npm-packages.mjs, `node` npm's package with Node. */
export async function layTree(tree, { architecture, parts, modules, node, date }) {
  const at = (path) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    return join(tree, path);
  };
  const copy = (from, path, mode = 0o644) => {
    copyFileSync(from, at(path));
    chmodSync(at(path), mode);
  };
  const write = (path, text) => writeFileSync(at(path), text, { mode: 0o644 });
  const link = (target, path) => symlinkSync(target, at(path));
  const compressed = (path, text) => writeFileSync(at(`${path}.gz`), gzipSync(text, { level: 9 }), { mode: 0o644 });
  const ours = (path) => readFileSync(join(root, path));

  cpSync(join(root, 'build/src'), at(`${HOME}/build/src`), {
    recursive: true,
    filter: (path) => !path.endsWith('.map'),
  });
  copy(join(root, 'package.json'), `${HOME}/package.json`);
  copy(join(root, 'bin/mount.gphotos'), `${HOME}/bin/mount.gphotos`, 0o755);
  copy(join(root, 'packaging/debian/services.sh'), `${HOME}/services.sh`);
  copy(join(parts, 'node'), `${HOME}/bin/node`, 0o755);
  const copied = copyRuntimeModules(join(modules, 'node_modules'), at(`${HOME}/node_modules/.`));
  copy(join(parts, 'better_sqlite3.node'), `${HOME}/node_modules/better-sqlite3/build/Release/better_sqlite3.node`);
  for (const name of ['fuse.node', 'libfuse.so.2'])
    copy(join(parts, name), `${HOME}/build/native/linux-${architecture.node}/${name}`);

  const head = run('od', ['-An', '-tx1', '-w20', '-N20', join(parts, 'node')]).trimEnd();
  write('usr/bin/gphotos-mount', ours('packaging/debian/gphotos-mount').toString().replace('@NODE@', head));
  chmodSync(at('usr/bin/gphotos-mount'), 0o755);
  link('../lib/gphotos-mount/bin/mount.gphotos', 'usr/sbin/mount.gphotos');
  write('usr/lib/systemd/user/gphotos-mount@.service', await templateUnit());

  const cli = (file, ...args) => run(process.execPath, [join(root, 'build/src', file), ...args]);
  const page = join(tree, 'page');
  cli('cli/write-man-page.js', page);
  compressed('usr/share/man/man1/gphotos-mount.1', readFileSync(page));
  run('rm', [page]);
  link('../man1/gphotos-mount.1.gz', 'usr/share/man/man8/mount.gphotos.8.gz');
  write('usr/share/bash-completion/completions/gphotos-mount', cli('main.js', 'completion', 'bash'));
  write('usr/share/zsh/vendor-completions/_gphotos-mount', cli('main.js', 'completion', 'zsh'));
  write('usr/share/fish/vendor_completions.d/gphotos-mount.fish', cli('main.js', 'completion', 'fish'));

  for (const name of ['README.md', 'SEMANTICS.md', 'CHANGELOG.md']) compressed(`${DOC}/${name}`, ours(name));
  cpSync(join(root, 'examples'), at(`${DOC}/examples`), { recursive: true });
  compressed(`${DOC}/node-LICENSE`, readFileSync(join(node, 'LICENSE')));
  compressed(
    `${DOC}/changelog`,
    `gphotos-mount (${PROGRAM.version}) unstable; urgency=medium\n\n  * What changed stands in CHANGELOG.md.gz.\n\n` +
      ` -- ${MAINTAINER}  ${date.toUTCString().replace('GMT', '+0000')}\n`,
  );
  write(`${DOC}/copyright`, copyrightText(join(tree, HOME, 'node_modules'), copied));
  write(
    'usr/share/lintian/overrides/gphotos-mount',
    readFileSync(join(root, 'packaging/debian/lintian-overrides'), 'utf8'),
  );
  // umask of the person who builds, and modes in packages of npm, must not come along.
  run('chmod', ['-R', 'u=rwX,go=rX', tree]);
  run('find', [
    join(tree, HOME, 'node_modules'),
    join(tree, HOME, 'build'),
    join(tree, DOC),
    '-type',
    'f',
    '-exec',
    'chmod',
    '0644',
    '{}',
    '+',
  ]);
}

export const MAINTAINER = 'The developers of gphotos-mount <gphotos-mount@users.noreply.github.com>';

/** The unit that `service install` writes, for any mount point: `gphotos-mount@home-ada-photos`. */
async function templateUnit() {
  const { unitText } = await import(join(root, 'build/src/service/unit-text.js'));
  const text = unitText({
    mountpoint: PLACEHOLDER,
    node: `/${HOME}/bin/node`,
    program: `/${HOME}/build/src/main.js`,
    options: [],
    environment: {},
    user: undefined,
    hasNotify: true,
    logFile: undefined,
  });
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace('[Unit]\n', '[Unit]\nDocumentation=man:gphotos-mount(1)\n')
    .replaceAll(PLACEHOLDER, '%f');
}
