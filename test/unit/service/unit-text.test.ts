import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { carriedEnvironment, unitFolder } from '../../../src/service/service-places.js';
import {
  programsOf,
  quoted,
  unitName,
  unitOrigin,
  unitText,
  type ServiceUnit,
} from '../../../src/service/unit-text.js';

const UNIT: ServiceUnit = {
  mountpoint: '/home/me/photos',
  node: '/n/node',
  program: '/p/main.js',
  options: ['--poll-interval=5m'],
  environment: {},
  user: undefined,
  hasNotify: true,
};

describe('a unit for systemd', () => {
  it('a unit for systemd writes spaces, percent and dollar signs, quotes and other letters so that systemd takes them back', () => {
    assert.equal(quoted('/a/b'), '/a/b');
    assert.equal(quoted('/my photos'), '"/my photos"');
    assert.equal(quoted('/100%'), '/100%%');
    assert.equal(quoted('$HOME'), '$$HOME');
    assert.equal(quoted('/$x', false), '/$x', 'the program of a command is no argument');
    assert.equal(quoted('/Fotos für "Ö"\\'), '"/Fotos für \\"Ö\\"\\\\"');
    assert.equal(quoted('/a\nb'), '"/a\\x0ab"');
  });

  it('a unit for systemd restarts unless the exit code says that it does not help', () => {
    assert.match(unitText(UNIT), /^RestartPreventExitStatus=64 65 77 78$/m);
  });

  it('a unit for systemd does not wait for notifications where systemd-notify is missing', () => {
    const text = unitText({ ...UNIT, hasNotify: false });
    assert.match(text, /^Type=exec$/m);
    assert.doesNotMatch(text, /Watchdog|Notify/);
  });

  it('a unit for systemd is started by the boot where it belongs to the machine, by the login where it is of a user', () => {
    assert.match(unitText({ ...UNIT, user: 'alice' }), /^User=alice$[^]*^WantedBy=multi-user\.target$/m);
    assert.match(unitText(UNIT), /^WantedBy=default\.target$/m);
  });

  it('a unit for systemd shows whether it was edited, whose it is and where it mounts', () => {
    const text = unitText(UNIT);
    assert.deepEqual(unitOrigin(text), { kind: 'ours', mountpoint: '/home/me/photos' });
    assert.deepEqual(unitOrigin(`${text}# mine\n`), { kind: 'edited', mountpoint: '/home/me/photos' });
    assert.deepEqual(unitOrigin('[Service]\n'), { kind: 'foreign' });
  });

  it('a unit for systemd tells which Node and which program it starts, whatever their names hold', () => {
    const node = '/n "20" 100% $HOME \\ü/node';
    const program = "/p $x %h/it's/main.js";
    assert.deepEqual(programsOf(unitText({ ...UNIT, node, program })), [node, program]);
    assert.deepEqual(programsOf(unitText(UNIT)), ['/n/node', '/p/main.js']);
    assert.deepEqual(programsOf('[Service]\nExecStart=/bin/true /etc\n'), [], 'of another program');
  });

  it('a unit for systemd is named after its profile', () => {
    assert.equal(unitName('default'), 'gphotos-mount.service');
    assert.equal(unitName('work'), 'gphotos-mount-work.service');
  });

  it('a unit for systemd carries folders and hosts of the shell, and no secret', () => {
    const kept = { XDG_DATA_HOME: '/d', GPHOTOS_TOKEN_URL: 'http://127.0.0.1/t', HTTPS_PROXY: 'http://proxy:3128' };
    const left = {
      GPHOTOS_CLIENT_ID: 'a',
      GPHOTOS_CLIENT_SECRET: 'b',
      GPHOTOS_REFRESH_TOKEN: 'c',
      HTTP_PROXY: 'http://me:word@proxy',
      GPHOTOS_RUNTIME_DIR: '/run/x',
      HOME: '/home/me',
    };
    assert.deepEqual(carriedEnvironment({ ...kept, ...left }), kept);
  });

  it('a unit for systemd lies in the folder that systemd reads', () => {
    assert.equal(unitFolder('user', {}, '/home/me'), '/home/me/.config/systemd/user');
    assert.equal(unitFolder('user', { XDG_CONFIG_HOME: '/c' }, '/home/me'), '/c/systemd/user');
    assert.equal(unitFolder('system', { XDG_CONFIG_HOME: '/c' }, '/home/me'), '/etc/systemd/system');
  });
});
