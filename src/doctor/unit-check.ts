import { execFile } from 'node:child_process';
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
    const lines = await list(scope, env);
    for (const line of lines) {
      const [unit = '', , active = '', sub = ''] = line.replace(/^[^\w]+/, '').split(/\s+/);
      if (!unit.startsWith('gphotos-mount')) continue;
      found.push(`${unit} is ${active} (${sub})`);
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

/** One line a unit; none where systemd does not run here. */
function list(scope: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const args = [scope, 'list-units', '--all', '--plain', '--no-legend', '--no-pager', 'gphotos-mount*'];
  return new Promise((resolve) => {
    execFile('systemctl', args, { env, timeout: ANSWER_MS }, (error, stdout) => {
      resolve(error === null ? stdout.split('\n').filter((line) => line.trim() !== '') : []);
    });
  });
}
