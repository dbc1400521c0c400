// Runs every probe of this folder in a process of its own; exits with 1 if a fact has changed.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { abortFuseMounts } from '../../test/support/fuse-abort.js';
import { whatToReport } from './support/mac-report.js';

const DEADLINE_MS = 30_000;
const folder = dirname(fileURLToPath(import.meta.url));
const only = process.argv.slice(2);
const probes = readdirSync(folder)
  .filter((file) => file.endsWith('.js') && file !== 'main.js')
  .filter((file) => only.length === 0 || only.some((part) => file.includes(part)));

/** Facts that hold on every system; the others are about Linux, or about macOS (`mac-`). */
const ANYWHERE = new Set(['wal-reader-is-not-blocked.js', 'binding-compiles-for-macs.js']);
const isMac = process.platform === 'darwin';

let changed = 0;
let skipped = 0;
for (const file of probes.sort()) {
  const isElsewhere = isMac && !file.startsWith('mac-') && !ANYWHERE.has(file);
  const line = isElsewhere ? `SKIPPED ${file.replace(/\.js$/, '')}: is about Linux` : await outcome(file);
  console.log(line);
  if (line.startsWith('SKIPPED ')) skipped += 1;
  else if (!line.startsWith('HOLDS ')) changed += 1;
}
console.log(`${probes.length} facts, ${changed} changed, ${skipped} skipped`);
if (isMac) for (const line of await whatToReport()) console.log(line);
process.exitCode = changed === 0 && probes.length > 0 ? 0 : 1;

function outcome(file: string): Promise<string> {
  const name = file.replace(/\.js$/, '');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, file)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    const timer = setTimeout(() => {
      if (isMac) child.kill('SIGKILL');
      else void abortFuseMounts(tmpdir()).then(() => child.kill('SIGKILL'));
      resolve(`CHANGED ${name}: the probe did not end`);
    }, DEADLINE_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve(output.trim().split('\n').at(-1) || `CHANGED ${name}: the probe said nothing`);
    });
  });
}
