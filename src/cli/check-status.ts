import type { StatusDocument } from '../daemon/status-document.js';
import { statusSentence } from '../daemon/status-sentence.js';
import { commandClock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CliContext } from './cli-context.js';
import { chosen, type Named } from './show-status.js';

interface Verdict {
  readonly code: 0 | 1 | 2;
  readonly text: string;
}

/** Longer than a daemon may take to answer, and than a look at a mount takes. */
const DEADLINE_MS = 15_000;
const WORDS = ['OK', 'DEGRADED', 'DOWN'] as const;

/**
 * Prints one line on the mount named, or on all, the worst first. Ends with 0 where all is well, 1 where one is
 * degraded, 2 where one is down or does not answer in time. Never rejects for what it finds.
 */
export async function checkStatus(named: Named, context: CliContext): Promise<ExitCode> {
  const late = (): Error => new UserError(ExitCode.down, `no answer within ${DEADLINE_MS / 1000} s`, '');
  const verdicts = await withinDeadline(commandClock, DEADLINE_MS, () => verdictsOf(named, context), late).catch(
    (error: unknown): Verdict[] => {
      if (error instanceof UserError && error.exitCode !== ExitCode.usage) return [{ code: 2, text: error.message }];
      throw error;
    },
  );
  const worst = [...verdicts].sort((one, other) => other.code - one.code);
  const code = worst[0]?.code ?? 2;
  const line = worst.map(({ text }) => text).join('; ');
  context.stdout.write(`${WORDS[code]} ${line.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')}\n`);
  return code;
}

async function verdictsOf(named: Named, context: CliContext): Promise<Verdict[]> {
  const { running, silent } = await chosen(named, context);
  const { state } = await context.mountTools();
  const living = running.map(async ({ status }): Promise<Verdict> => {
    const place = await state(status.mountpoint);
    if (place !== 'mounted-by-us') return { code: 2, text: `${status.mountpoint}: nothing is mounted there` };
    return { code: isWell(status) ? 0 : 1, text: `${status.mountpoint}: ${statusSentence(status)}` };
  });
  const mute = silent.map(({ mountpoint, profile }): Verdict => {
    if (mountpoint === '') return { code: 2, text: `profile ${profile}: not mounted, another command works on it` };
    return { code: 2, text: `${mountpoint ?? `profile ${profile}`}: does not answer` };
  });
  return [...(await Promise.all(living)), ...mute];
}

/** A first sync under way is well: what is known shows. */
function isWell({ state }: StatusDocument): boolean {
  return state === 'ready' || state === 'syncing';
}
