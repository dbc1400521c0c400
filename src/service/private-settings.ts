import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Settings of systemd.exec(5) that give a service mounts of its own, with the values that do not. */
const SETTINGS: Readonly<Record<string, RegExp>> = {
  PrivateTmp: /^(?:no)?$/,
  PrivateMounts: /^(?:no)?$/,
  PrivateDevices: /^(?:no)?$/,
  PrivateNetwork: /^(?:no)?$/,
  PrivateIPC: /^(?:no)?$/,
  ProtectSystem: /^(?:no)?$/,
  ProtectHome: /^(?:no)?$/,
  ProtectProc: /^(?:default)?$/,
  ProcSubset: /^(?:all)?$/,
  ProtectControlGroups: /^(?:no)?$/,
  ProtectKernelTunables: /^(?:no)?$/,
  ProtectKernelModules: /^(?:no)?$/,
  ProtectKernelLogs: /^(?:no)?$/,
  RootDirectory: /^$/,
  RootImage: /^$/,
  ReadWritePaths: /^$/,
  ReadOnlyPaths: /^$/,
  InaccessiblePaths: /^$/,
  ExecPaths: /^$/,
  NoExecPaths: /^$/,
  BindPaths: /^$/,
  BindReadOnlyPaths: /^$/,
  TemporaryFileSystem: /^$/,
};

const ANSWER_MS = 5000;

/**
 * The settings of a process's unit that give it mounts of its own, as `PrivateTmp=yes`. Empty where there is none, or
 * where systemd does not answer. Never rejects.
 */
export async function privateSettings(pid: number | 'self', env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const unit = unitOf(await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => ''));
  if (unit === undefined) return [];
  const args = [
    ...(unit.isUsers ? ['--user'] : []),
    'show',
    '--no-pager',
    `--property=${Object.keys(SETTINGS).join()}`,
  ];
  return settingsThatHide(await systemctl([...args, '--', unit.name], env));
}

/** From the text of proc(5)'s cgroup file: the service that the process belongs to. */
export function unitOf(cgroups: string): { readonly name: string; readonly isUsers: boolean } | undefined {
  for (const line of cgroups.split('\n')) {
    const [, controllers, ...rest] = line.split(':');
    if (controllers !== '' && controllers !== 'name=systemd') continue;
    const parts = rest.join(':').split('/');
    const last = parts.findLastIndex((part) => part.endsWith('.service') && !part.startsWith('user@'));
    const name = parts[last];
    if (name !== undefined) return { name, isUsers: parts.slice(0, last).some((part) => part.startsWith('user@')) };
  }
  return undefined;
}

/** From the text of `systemctl show`. */
export function settingsThatHide(shown: string): readonly string[] {
  return shown.split('\n').filter((line) => {
    const [name = '', ...value] = line.split('=');
    const harmless = SETTINGS[name];
    return harmless !== undefined && !harmless.test(value.join('='));
  });
}

function systemctl(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    execFile('systemctl', [...args], { env, timeout: ANSWER_MS, killSignal: 'SIGKILL' }, (error, stdout) => {
      resolve(error === null ? stdout : '');
    });
  });
}
