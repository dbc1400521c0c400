import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, UserError } from '../support/user-error.js';
import type { FileOrigin } from './seal.js';
import type { ServiceDeps, ServiceDescription, ServiceDriver, ServiceState } from './service-driver.js';
import { properties } from './systemd.js';
import {
  activeState,
  lastLines,
  managerArguments,
  reachManager,
  startUnit,
  systemctl,
  systemctlCommand,
  unitFile,
} from './unit-control.js';
import { programsOf, unitName, unitOrigin, unitText } from './unit-text.js';

const SHOWN = 'ActiveState,SubState,Result,UnitFileState,NRestarts,ExecMainStatus';

/** Services of Linux: a unit of the user's manager, or of the machine's with `User=`. */
export class SystemdUnit implements ServiceDriver {
  readonly name: string;
  readonly kind = 'unit';
  readonly file: string;
  /** The journal takes what it says. */
  readonly logFolder = undefined;
  readonly seeWhy: string;
  readonly howToEdit: string;
  readonly #deps: ServiceDeps;

  constructor(deps: ServiceDeps) {
    this.#deps = deps;
    this.name = unitName(deps.profile);
    this.file = unitFile(deps);
    this.seeWhy = systemctlCommand(deps, 'status');
    this.howToEdit = `Put the changes into a drop-in (${systemctlCommand(deps, 'edit')}), move the file away, then install again.`;
  }

  spelled(path: string): string {
    return path;
  }

  async describe(service: ServiceDescription): Promise<string> {
    const { code } = await this.#deps.run('systemd-notify', ['--version']);
    return unitText({ ...service, user: this.#deps.user, hasNotify: code === 0 });
  }

  origin(text: string): FileOrigin {
    return unitOrigin(text);
  }

  reach(): Promise<NodeJS.ProcessEnv> {
    return reachManager(this.#deps);
  }

  async takenFrom(): Promise<string | undefined> {
    const args = ['show', '--property=FragmentPath', '--value', this.name];
    const { stdout } = await this.#deps.run('systemctl', [...managerArguments(this.#deps), ...args]);
    return stdout.trim() || undefined;
  }

  /** A drop-in of the unit that brings credentials, or names where they come from. */
  handsOverCredentials(): boolean {
    const folder = `${this.file}.d`;
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.conf')) : [];
    return names.some((name) =>
      /^(?:(?:Load|Set|Import)Credential|EnvironmentFile=|Environment=.*GPHOTOS_REFRESH_TOKEN)/m.test(
        textOf(join(folder, name)),
      ),
    );
  }

  async isRunning(): Promise<boolean> {
    const state = await activeState(this.#deps);
    return state !== 'inactive' && state !== 'failed';
  }

  async start(isChanged: boolean): Promise<void> {
    await systemctl(this.#deps, ['daemon-reload']);
    await systemctl(this.#deps, ['reset-failed', this.name], { mayFail: true });
    await systemctl(this.#deps, ['enable', this.name]);
    await startUnit(this.#deps, isChanged ? 'restart' : 'start');
  }

  async saysReady(): Promise<boolean> {
    return (await activeState(this.#deps)) === 'active';
  }

  /** systemctl itself says why a start failed. */
  failure(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** The unit takes its mount away by itself. */
  async stop(): Promise<void> {
    await systemctl(this.#deps, ['disable', '--now', this.name], { mayFail: true });
    if ((await activeState(this.#deps)) === 'active')
      throw new UserError(ExitCode.system, `${this.name} does not stop.`, `See why: ${this.seeWhy}`);
  }

  async forget(): Promise<void> {
    await systemctl(this.#deps, ['daemon-reload']);
    await systemctl(this.#deps, ['reset-failed', this.name], { mayFail: true });
  }

  async state(): Promise<ServiceState> {
    const args = ['show', '--no-pager', `--property=${SHOWN}`, this.name];
    const { stdout } = await this.#deps.run('systemctl', [...managerArguments(this.#deps), ...args]);
    const shown = properties(stdout);
    const result =
      shown['Result'] === 'success' ? '' : `, ${shown['Result'] ?? ''} (exit code ${shown['ExecMainStatus'] ?? ''})`;
    return {
      words: `${shown['ActiveState'] ?? 'unknown'} (${shown['SubState'] ?? ''}${result}), ${shown['UnitFileState'] ?? ''}`,
      isRunning: shown['ActiveState'] === 'active',
      lines: await lastLines(this.#deps),
    };
  }

  programsIn(text: string): string[] {
    return programsOf(text);
  }

  async advice(): Promise<string> {
    const { user, run, around } = this.#deps;
    if (user !== undefined) return 'It runs from boot on.';
    const args = ['show-user', String(around.uid), '--property=Linger', '--value'];
    const { stdout } = await run('loginctl', args);
    const { stdout: name } = await run('id', ['--user', '--name']);
    // loginctl does not know a user whom only the user's own manager keeps.
    const isOn = stdout.trim() === 'yes' || existsSync(`/var/lib/systemd/linger/${name.trim()}`);
    return isOn
      ? 'It runs from boot on, also while you are not logged in (lingering is on).'
      : 'It runs while you are logged in. To let it run from boot on: loginctl enable-linger';
  }

  kept(): string {
    return existsSync(`${this.file}.d`) ? ` Its drop-ins stay in ${this.file}.d.` : '';
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
