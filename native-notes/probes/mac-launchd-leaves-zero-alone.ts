import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Launchctl, type LoadedJob } from '../../src/service/launchctl.js';
import { plistText } from '../../src/service/plist-text.js';
import { programRunner } from '../../src/service/systemd.js';
import { commandClock } from '../../src/support/clock.js';
import { UserError } from '../../src/support/user-error.js';
import { runMacProbe, type MacFinding } from './support/mac-probe.js';

const LABEL = 'io.github.gphotos-mount-probe';
const END_MS = 8_000;
const LOOK_MS = 100;

/** What launchd says of a job that runs this program, once it has ended. */
async function afterEnd(launchctl: Launchctl, file: string): Promise<LoadedJob | undefined> {
  await launchctl.load(file);
  try {
    const giveUpAt = commandClock.now() + END_MS;
    for (;;) {
      const job = await launchctl.job();
      if (job === undefined || job.lastExit !== undefined || commandClock.now() > giveUpAt) return job;
      await commandClock.sleep(LOOK_MS);
    }
  } finally {
    await launchctl.unload();
  }
}

async function look(folder: string): Promise<MacFinding> {
  const domain = `gui/${process.getuid?.() ?? 0}`;
  const launchctl = new Launchctl(programRunner(process.env), commandClock, { domain, label: LABEL });
  const seen: string[] = [];
  for (const [program, exitCode, state] of [
    ['/usr/bin/true', 0, /^(?:not running|exited)$/],
    ['/usr/bin/false', 1, /^(?:spawn scheduled|waiting)$/],
  ] as const) {
    const file = join(folder, `${LABEL}.plist`);
    const job = { label: LABEL, words: [program], environment: {}, logFile: '/dev/null', user: undefined };
    writeFileSync(file, plistText(job), { mode: 0o644 });
    const ended = await afterEnd(launchctl, file);
    const words = `${program} ended with ${ended?.lastExit}, and launchd calls it "${ended?.state}"`;
    if (ended?.lastExit !== exitCode || !state.test(ended.state)) return { fault: words };
    seen.push(words);
  }
  return { measured: seen.join('; ') };
}

await runMacProbe(
  'on a Mac launchd leaves a job alone that ended with 0, and starts one again that did not',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gphotos-mount-probe-'));
    try {
      return await look(folder);
    } catch (error) {
      if (error instanceof UserError) return { fault: `${error.message} ${error.hint}` };
      throw error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
