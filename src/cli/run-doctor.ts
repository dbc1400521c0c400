import { resolve } from 'node:path';
import { allChecks } from '../doctor/all-checks.js';
import { bundleText, collectBundle, writeBundle } from '../doctor/bundle.js';
import { runChecks, type CheckReport, type DoctorDeps } from '../doctor/check.js';
import { profileSources } from '../doctor/profile-sources.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { forgivingSurroundings } from './account-surroundings.js';
import type { CliContext } from './cli-context.js';
import type { AccountRequest } from './login-arguments.js';
import { TerminalPerson } from './terminal-person.js';

const SIGNS: Readonly<Record<CheckReport['result'], string>> = {
  pass: 'ok  ',
  warn: 'warn',
  fail: 'FAIL',
  skip: '-   ',
};

export interface DoctorRequest extends AccountRequest {
  readonly json: boolean;
  /** Where to write the bundle; empty text for a name of its own choosing. */
  readonly bundle: string | undefined;
  readonly yes: boolean;
  readonly mountpoint: string | undefined;
}

/**
 * Runs all checks and shows them; ok only if none failed. With `--bundle`, writes what was shown after it was agreed
 * to.
 */
export async function runDoctor(request: DoctorRequest, context: CliContext): Promise<ExitCode> {
  // Settings that are wrong are reported like the rest.
  const { around, settings, fault } = forgivingSurroundings(request, context);
  const allowOther = settings['allow-other'] ?? false;
  const deps: DoctorDeps = {
    around,
    mountpoint: request.mountpoint,
    sources: await profileSources(around),
    allowOther,
    cacheMaxBytes: settings['cache-max-size'],
    settingsFault: fault,
  };
  const reports = await runChecks(allChecks(deps));
  const failed = reports.filter(({ result }) => result === 'fail').length;
  if (request.bundle !== undefined) {
    await bundle(request, deps, reports, context);
  } else if (request.json) {
    context.stdout.write(`${JSON.stringify({ ok: failed === 0, checks: reports }, null, 2)}\n`);
  } else {
    for (const report of reports) show(report, around.say);
    const warned = reports.filter(({ result }) => result === 'warn').length;
    around.say('');
    around.say(`${reports.length} checks: ${failed} failed, ${warned} with a warning.`);
  }
  return failed === 0 ? ExitCode.ok : ExitCode.system;
}

function show({ id, result, message, fix }: CheckReport, say: (line: string) => void): void {
  say(`${SIGNS[result]}  ${id.padEnd(16)} ${message}`);
  if (fix !== '') say(`      ${' '.repeat(17)}-> ${fix}`);
}

async function bundle(
  request: DoctorRequest,
  deps: DoctorDeps,
  reports: readonly CheckReport[],
  context: CliContext,
): Promise<void> {
  const { say, currentFolder, clock, env, platform } = deps.around;
  const text = bundleText(await collectBundle(deps, reports, context.version));
  const day = new Date(clock.now()).toISOString().slice(0, 10);
  const name = request.bundle === '' ? `gphotos-mount-report-${day}.txt` : (request.bundle ?? '');
  const file = resolve(currentFolder, name);
  context.stdout.write(text);
  say('');
  if (!request.yes) {
    const person = new TerminalPerson({ stdin: context.stdin, env, platform, say, columns: undefined });
    say(`All of this, and nothing else, will be written to ${file}. Go on? [y/N]`);
    const answer = await person.nextLine();
    person.close();
    if (!/^y(?:es)?$/i.test(answer?.trim() ?? ''))
      throw new UserError(ExitCode.usage, 'Nothing was written.', 'Answer y, or add --yes.');
  }
  await writeBundle(file, text);
  say(`Written: ${file}`);
}
