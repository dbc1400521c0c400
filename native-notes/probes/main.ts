// Runs every probe of this folder in a process of its own; exits with 1 if a fact has changed.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { abortFuseMounts } from '../../test/support/fuse-abort.js';

const DEADLINE_MS = 30_000;
const folder = dirname(fileURLToPath(import.meta.url));
const only = process.argv.slice(2);
const probes = readdirSync(folder)
  .filter((file) => file.endsWith('.js') && file !== 'main.js')
  .filter((file) => only.length === 0 || only.some((part) => file.includes(part)));

let changed = 0;
for (const file of probes.sort()) {
  const line = await outcome(file);
  console.log(line);
  if (!line.startsWith('HOLDS ')) changed += 1;
}
console.log(`${probes.length} facts, ${changed} changed`);
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
      void abortFuseMounts(tmpdir()).then(() => child.kill('SIGKILL'));
      resolve(`CHANGED ${name}: the probe did not end`);
    }, DEADLINE_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve(output.trim().split('\n').at(-1) || `CHANGED ${name}: the probe said nothing`);
    });
  });
}
