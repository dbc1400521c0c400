import { FINAL_EXITS } from '../support/user-error.js';
import { sealOf, type FileOrigin } from './seal.js';
import type { ServiceDescription } from './service-driver.js';

/** What a service of systemd runs. */
export interface ServiceUnit extends ServiceDescription {
  /** Runs as this user, as a service of the machine; undefined: as a service of the user who installs it. */
  readonly user: string | undefined;
  /** Whether systemd-notify is installed: without it systemd does not learn when the mount is ready. */
  readonly hasNotify: boolean;
}

const MARKER =
  '# Written by `gphotos-mount service install`; change it with `systemctl edit` or install again. sha256:';
const MOUNTPOINT = '# Mount point: ';

/** `gphotos-mount.service`, or `gphotos-mount-PROFILE.service`. */
export function unitName(profile: string): string {
  return `gphotos-mount${profile === 'default' ? '' : `-${profile}`}.service`;
}

/** The text of the unit, with a first line that shows whether it was edited since. */
export function unitText(unit: ServiceUnit): string {
  const { mountpoint, node, program, options, environment, user, hasNotify } = unit;
  const command = [node, program].map((word, index) => quoted(word, index > 0)).join(' ');
  const folder = quoted(mountpoint);
  const body = [
    `${MOUNTPOINT}${JSON.stringify(mountpoint)}`,
    '[Unit]',
    `Description=Google Photos on ${printable(mountpoint).replaceAll('%', '%%')}`,
    'StartLimitIntervalSec=10min',
    'StartLimitBurst=6',
    '',
    '[Service]',
    ...(hasNotify ? ['Type=notify', 'NotifyAccess=all', 'WatchdogSec=60'] : ['Type=exec']),
    ...(user === undefined ? [] : [`User=${user}`]),
    ...Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`, false)}`),
    `ExecStartPre=-mkdir -p -- ${folder}`,
    `ExecStart=${[command, '--foreground', ...options.map((option) => quoted(option)), '--', folder].join(' ')}`,
    'ExecReload=kill -HUP $MAINPID',
    // Also after a crash, a hang and the last of too many starts: no dead mount stays.
    `ExecStopPost=-${command} unmount --lazy --if-mounted -- ${folder}`,
    'Restart=on-failure',
    'RestartSec=1',
    `RestartPreventExitStatus=${FINAL_EXITS.join(' ')}`,
    'TimeoutStartSec=60',
    'TimeoutStopSec=30',
    'TimeoutAbortSec=3',
    'LimitCORE=0',
    'MemoryHigh=512M',
    'UMask=0077',
    'OOMPolicy=stop',
    'SyslogIdentifier=gphotos-mount',
    '',
    '[Install]',
    `WantedBy=${user === undefined ? 'default' : 'multi-user'}.target`,
    '',
  ].join('\n');
  return `${MARKER}${sealOf(body)}\n${body}`;
}

export function unitOrigin(text: string): FileOrigin {
  const end = text.indexOf('\n');
  const first = text.slice(0, end);
  if (!first.startsWith(MARKER)) return { kind: 'foreign' };
  const body = text.slice(end + 1);
  const isOurs = first.slice(MARKER.length) === sealOf(body);
  return { kind: isOurs ? 'ours' : 'edited', mountpoint: mountpointIn(body) };
}

/** Node and the entry file that a unit of ours starts; empty for the unit of another. */
export function programsOf(text: string): string[] {
  if (unitOrigin(text).kind === 'foreign') return [];
  const words = /^ExecStart=(.*)$/m.exec(text)?.[1]?.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return words.slice(0, 2).map((word, index) => unquoted(word, index > 0));
}

function mountpointIn(body: string): string | undefined {
  const line = body.split('\n').find((text) => text.startsWith(MOUNTPOINT));
  try {
    const value: unknown = JSON.parse(line?.slice(MOUNTPOINT.length) ?? '');
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A word as systemd.service(5) takes it back: `%` begins a specifier everywhere, `$` a variable in arguments alone, and
 * what is not plain is written in quotes with the escapes of C.
 */
export function quoted(word: string, isArgument = true): string {
  const safe = word.replaceAll('%', '%%').replaceAll('$', isArgument ? '$$$$' : '$');
  if (/^[A-Za-z0-9@%+=:,./_$-]+$/.test(safe)) return safe;
  const escaped = safe.replace(/["\\\u0000-\u001f\u007f]/g, (char) =>
    char === '"' || char === '\\' ? `\\${char}` : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}

/** What {@link quoted} was given. */
function unquoted(word: string, isArgument: boolean): string {
  const text = word.startsWith('"') ? word.slice(1, -1) : word;
  const plain = text.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, code: string | undefined, char: string) =>
    code === undefined ? char : String.fromCharCode(parseInt(code, 16)),
  );
  return (isArgument ? plain.replaceAll('$$', '$') : plain).replaceAll('%%', '%');
}

function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f\\]/g, '?');
}
