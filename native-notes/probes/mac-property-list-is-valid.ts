import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plistText } from '../../src/service/plist-text.js';
import { runMacProbe } from './support/mac-probe.js';
import { run } from './support/with-server.js';

const WORDS = ['/bin/echo', 'a & "b" <c>', 'tab\tand\nline', 'ü 日本'];

await runMacProbe('on a Mac plutil takes the property list of the service, and gives its words back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gphotos-mount-probe-'));
  try {
    const file = join(folder, 'probe.plist');
    const job = { label: 'probe', words: WORDS, environment: { A: '&' }, logFile: '/dev/null', user: undefined };
    writeFileSync(file, plistText(job));
    const lint = await run('/usr/bin/plutil', '-lint', file);
    if (lint.code !== 0) return { fault: `plutil -lint ended with ${lint.code}: ${lint.output}` };
    const { output } = await run('/usr/bin/plutil', '-extract', 'ProgramArguments', 'json', '-o', '-', file);
    const words = JSON.stringify(JSON.parse(output));
    return words === JSON.stringify(WORDS) ? {} : { fault: `the words are ${words}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
