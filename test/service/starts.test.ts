import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { boot, cannotBoot, INSTALLED, PROGRAM, signIn, type Booted } from '../support/booted.js';

const FOLDER = '/home/alice/photos';
const DATA = '/home/alice/.local/share/gphotos-mount/default';
const CONFIG = '/home/alice/.config/gphotos-mount/config.json';
const UNIT = '/home/alice/.config/systemd/user/gphotos-mount.service';
const state = (property: string): string => `systemctl --user show -P ${property} gphotos-mount`;

/** Makes a catalog of version 1 and keeps a migration of it waiting, as a slow disk would, until the file /tmp/go exists. */
const HOLDER = `
  const [{ openSqlite }, { migrate }, fs] = await Promise.all([
    import('${INSTALLED}/build/src/sqlite/open-sqlite.js'), import('${INSTALLED}/build/src/catalog/schema.js'), import('node:fs'),
  ]);
  fs.rmSync('${DATA}', { recursive: true, force: true });
  fs.mkdirSync('${DATA}', { recursive: true, mode: 0o700 });
  const db = openSqlite('${DATA}/catalog.db');
  db.pragma('journal_mode = WAL');
  migrate(db, 0, 1);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.exec('BEGIN IMMEDIATE');
  fs.writeFileSync('/tmp/held', '');
  const timer = setInterval(() => { if (fs.existsSync('/tmp/go')) { db.close(); clearInterval(timer); } }, 20);
`;

describe('systemd, which starts and reloads a service,', { skip: cannotBoot() ?? false }, () => {
  let machine: Booted;
  before(async () => {
    machine = await boot();
    await signIn(machine);
    await machine.alice(`${PROGRAM} service install`);
  });
  after(() => machine.end());

  /** How long this machine takes for a start without a migration. */
  const startSeconds = async (): Promise<number> => {
    const said = await machine.alice(
      `${state('ExecMainStartTimestampMonotonic')}; ${state('ActiveEnterTimestampMonotonic')}`,
    );
    const [began = 0, ready = 0] = said.trim().split('\n').map(Number);
    return (ready - began) / 1e6;
  };

  it('systemd, which starts and reloads a service, waits for a migration of the catalog that takes longer than the start may take', async () => {
    const timeout = (await startSeconds()) + 1.5;
    const setting = `[Service]\\nTimeoutStartSec=${Math.round(timeout * 1000)}ms\\n`;
    await machine.sh(`mkdir -p ${UNIT}.d; printf '${setting}' > ${UNIT}.d/test.conf`);
    await machine.alice('systemctl --user daemon-reload; systemctl --user stop gphotos-mount');
    const [node = ''] = PROGRAM.split(' ');
    const holder = `${node} --input-type=module -e "$HOLDER"`;
    await machine.alice(`HOLDER=$(cat <<'END'\n${HOLDER}\nEND\n)\nsystemd-run --user --quiet --unit holder ${holder}`);
    await machine.until('the catalog is held', 'test -e /tmp/held');
    await machine.alice('systemctl --user start --no-block gphotos-mount');
    // Later than the start may take; SQLite itself waits for five seconds.
    await machine.until(
      'the start takes too long',
      `pid=$(${state('MainPID')}); began=$(awk '{ print $22 / 100 }' /proc/$pid/stat)
       awk -v began=$began '{ exit !($1 > began + ${timeout + 0.5}) }' /proc/uptime && touch /tmp/go`,
    );
    await machine.until('it is ready', `test "$(${state('ActiveState')})" = active`);
    assert.equal(await machine.alice(`${state('NRestarts')}; ${state('Result')}`), '0\nsuccess\n');
    assert.match(
      await machine.alice('journalctl --user-unit gphotos-mount -o cat'),
      /bringing the catalog to the format/,
    );
    await machine.until('the tree', `test "$(ls ${FOLDER}/media/all | wc -l)" = 5`);
  });

  it('systemd, which starts and reloads a service, shows it as reloading from the signal until the new settings are in use', async () => {
    machine.emulator.faults.add({ match: { route: 'oauth.token' }, action: { type: 'slow', delayMs: 4000 } });
    await machine.alice(`echo '{"quota-reserve":"20%"}' > ${CONFIG}; systemctl --user reload --no-block gphotos-mount`);
    await machine.until('it is reloading', `test "$(${state('ActiveState')})" = reloading`);
    await machine.until('it is active again', `test "$(${state('ActiveState')})" = active`);
    assert.match(await machine.alice(`${PROGRAM} status --json`), /"reserve": 2000/);
  });
});
