import { tmpdir } from 'node:os';
import type { Surroundings } from '../daemon/profile-paths.js';
import { Launchd } from '../service/launchd.js';
import { profileOfLabel } from '../service/plist-text.js';
import { programRunner, type RunProgram } from '../service/systemd.js';
import { fail, pass, skip, type Check, type Finding } from './check.js';

type Around = Pick<Surroundings, 'env' | 'home' | 'platform'>;

/** Services of launchd that carry our name, in the desktop session of this user. */
export function launchdCheck(around: Around, run: RunProgram = programRunner(around.env)): Check {
  return { id: 'launchd', run: () => (around.platform === 'darwin' ? jobs(around, run) : skip('macOS only.')) };
}

async function jobs({ env, home, platform }: Around, run: RunProgram): Promise<Finding> {
  const around = { env, home, platform, uid: process.getuid?.() ?? 0, temporaryFolder: tmpdir() };
  const { stdout } = await run('launchctl', ['list']);
  // PID, last exit code, label.
  const labels = stdout.split('\n').map((line) => line.split('\t')[2] ?? '');
  const told: string[] = [];
  for (const profile of labels.flatMap((label) => profileOfLabel(label) ?? [])) {
    const job = new Launchd({ around, run, profile, user: undefined, say: () => undefined });
    const { words, isRunning, exitCode } = await job.state('');
    if (!isRunning && exitCode !== undefined) return failed(job.name, words, profile);
    told.push(`${job.name} is ${words}`);
  }
  return told.length === 0
    ? pass('No service of launchd is set up for gphotos-mount.')
    : pass(`Services of launchd: ${told.join('; ')}.`);
}

function failed(label: string, words: string, profile: string): Finding {
  const option = profile === 'default' ? '' : ` --profile ${profile}`;
  return fail(
    `The service ${label} does not run: ${words}.`,
    `See why: gphotos-mount service status${option}. Then: gphotos-mount service install again`,
  );
}
