import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { programsOf } from '../service/unit-text.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { fail, pass, skip, type Check, type Finding } from './check.js';

const ANSWER_MS = 5_000;

/** Services of systemd that carry our name, those of the user and those of the machine. */
export function unitCheck(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Check {
  return { id: 'systemd', run: () => (platform === 'linux' ? units(env) : skip('Linux only.')) };
}

async function units(env: NodeJS.ProcessEnv): Promise<Finding> {
  const found: string[] = [];
  for (const scope of ['--user', '--system']) {
    const shown = await list(scope, env);
    for (const line of shown) {
      const [unit = '', , active = '', sub = ''] = line.replace(/^[^\w]+/, '').split(/\s+/);
      if (!unit.startsWith('gphotos-mount')) continue;
      found.push(`${unit} is ${active} (${sub})`);
      const gone = await goneProgram(unit, scope, env);
      if (gone !== undefined) return moved(unit, gone);
      if (active === 'failed' || sub === 'auto-restart') return failed(unit, scope, `${active}, ${sub}`);
    }
  }
  return found.length === 0
    ? pass('No service of systemd is set up for gphotos-mount.')
    : pass(`Services of systemd: ${found.join('; ')}.`);
}

function failed(unit: string, scope: string, state: string): Finding {
  const user = scope === '--user' ? ' --user' : '';
  return fail(
    `The service ${unit} does not run (${state}).`,
    `See why: journalctl${user} -u ${shellQuoted(unit)} -n 20. Then: systemctl${user} restart ${shellQuoted(unit)}`,
  );
}

/** What a unit of ours starts and is no longer there, as after a move of Node. */
async function goneProgram(unit: string, scope: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const [file = ''] = await lines([scope, 'show', '--property=FragmentPath', '--value', unit], env);
  const text = await readFile(file, 'utf8').catch(() => '');
  return programsOf(text).find((program) => !existsSync(program));
}

function moved(unit: string, gone: string): Finding {
  return fail(
    `The service ${unit} cannot start again: ${gone} is gone.`,
    'Install it again, with the same mount point and options: gphotos-mount service install',
  );
}

/** One line a unit; none where systemd does not run here. */
function list(scope: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  return lines([scope, 'list-units', '--all', '--plain', '--no-legend', '--no-pager', 'gphotos-mount*'], env);
}

function lines(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  return new Promise((resolve) => {
    execFile('systemctl', [...args], { env, timeout: ANSWER_MS }, (error, stdout) => {
      resolve(error === null ? stdout.split('\n').filter((line) => line.trim() !== '') : []);
    });
  });
}
