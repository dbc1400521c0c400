import { boot, cannotBoot, occupy, PROGRAM, signIn, type Booted } from '../support/booted.js';
import { median } from './measure.js';
import { conditions, publish, type Row } from './report.js';

const ROUNDS = 5;
/** A hang takes as long as the watchdog of the unit. */
const HANG_ROUNDS = 3;
const DEADLINE_MS = 120_000;
const FOLDER = '/home/alice/photos';
const DROP_IN = '/home/alice/.config/systemd/user/gphotos-mount.service.d';

/** Opening asks the daemon; a look at the name alone may be answered from the kernel's memory. */
const READ = `cat ${FOLDER}/README.txt > /dev/null 2>&1`;
const PID = '$(systemctl --user show -P MainPID gphotos-mount)';
const BACK = `until ${READ}; do sleep 0.02; done; at back`;

/** What is done to the service; each `at NAME` takes the time since the script began. */
const EVENTS = {
  install: `${PROGRAM} service install > /dev/null; at returned; ${BACK}`,
  start: `systemctl --user start gphotos-mount; at returned; ${BACK}`,
  kill: `kill -9 ${PID}; while ${READ}; do :; done; at dead; ${BACK}`,
  hang: `kill -STOP ${PID}; ${READ}; at dead; ${BACK}`,
  stop: 'systemctl --user stop gphotos-mount; at returned',
} as const;

type Times = Readonly<Record<string, number>>;

/** Seconds since the event, by name. */
async function timed(machine: Booted, event: keyof typeof EVENTS): Promise<Times> {
  const said = await machine.alice(`began=$(date +%s%N)
    at() { echo "$1 $(($(date +%s%N) - began))"; }
    ${EVENTS[event]}`);
  return Object.fromEntries(
    said
      .trim()
      .split('\n')
      .map((line): [string, number] => {
        const [name = '', nanoseconds = ''] = line.split(' ');
        return [name, Number(nanoseconds) / 1e9];
      }),
  );
}

/** How long a service of systemd takes to start, to come back after a crash and a hang, and to stop. */
export async function serviceBench(small: boolean): Promise<void> {
  const reason = cannotBoot();
  if (reason !== undefined) throw new Error(`the service cannot be measured here: ${reason}`);
  const machine = await boot({ deadlineMs: DEADLINE_MS });
  try {
    await signIn(machine);
    const all: Record<keyof typeof EVENTS, Times[]> = { install: [], start: [], kill: [], hang: [], stop: [] };
    const [rounds, hangRounds] = small ? [1, 1] : [ROUNDS, HANG_ROUNDS];
    for (let round = 0; round < rounds; round += 1) {
      all.install.push(await timed(machine, 'install'));
      all.kill.push(await timed(machine, 'kill'));
      const leave = await occupy(machine, FOLDER);
      all.stop.push(await timed(machine, 'stop'));
      await leave();
      all.start.push(await timed(machine, 'start'));
      await machine.alice(`${PROGRAM} service uninstall`);
    }
    const watchdog = small ? '3s' : '1min';
    await machine.sh(`mkdir -p ${DROP_IN}; printf '[Service]\\nWatchdogSec=${watchdog}\\n' > ${DROP_IN}/bench.conf`);
    await machine.alice(`${PROGRAM} service install`);
    for (let round = 0; round < hangRounds; round += 1) all.hang.push(await timed(machine, 'hang'));
    publish(
      'service',
      'The service of systemd',
      conditions({ systemd: await versionOf(machine), items: 5, rounds, hangRounds, watchdog }),
      rowsOf(all),
    );
  } finally {
    await machine.end();
  }
}

async function versionOf(machine: Booted): Promise<string> {
  return (await machine.sh('systemctl --version')).split('\n')[0] ?? '';
}

function rowsOf(all: Readonly<Record<keyof typeof EVENTS, readonly Times[]>>): Row[] {
  const row = (what: string, event: keyof typeof EVENTS, moment: string): Row => {
    const seconds = all[event].map((times) => times[moment] ?? Number.NaN);
    return {
      what,
      unit: 's',
      figures: { median: median(seconds), least: Math.min(...seconds), most: Math.max(...seconds) },
    };
  };
  return [
    row('service install: the command returns', 'install', 'returned'),
    row('service install: a file is read', 'install', 'back'),
    row('systemctl start, catalog there: the command returns', 'start', 'returned'),
    row('kill -9: a file is read again', 'kill', 'back'),
    row('hang (SIGSTOP): a reader that waits is freed', 'hang', 'dead'),
    row('hang (SIGSTOP): a file is read again', 'hang', 'back'),
    row('systemctl stop, with a file open and a program inside: the command returns', 'stop', 'returned'),
  ];
}
