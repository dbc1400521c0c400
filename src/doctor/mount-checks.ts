import { resolve } from 'node:path';
import { DAILY_LIMIT, type QuotaKind } from '../library/quota.js';
import type { StatusDocument } from '../daemon/status-document.js';
import { findDaemons, notAnswering, type FoundDaemons, type RunningDaemon } from '../daemon/find-daemons.js';
import { mountOwners } from '../daemon/mount-owners.js';
import { inspectionWith, inspectMount, type MountOwners } from '../mount/mount-state.js';
import { invisibleMount } from '../daemon/invisible-mount.js';
import { isMountedPrivately } from '../mount/mount-visibility.js';
import { privateSettings } from '../service/private-settings.js';
import { isOurs, readMountTable } from '../mount/mount-table.js';
import { nextQuotaReset } from '../support/quota-day.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { fail, pass, skip, warn, type Check, type DoctorDeps, type Finding } from './check.js';

const ANSWER_MS = 3_000;

/** Where a daemon mounts, whether it answers or not. */
interface Place {
  readonly mountpoint: string | undefined;
  readonly pid: number | undefined;
}

const LITTLE_LEFT = 0.1;

/** Running and left-behind mounts, and what the running one says of itself. */
export function mountChecks({ around, mountpoint }: DoctorDeps): Check[] {
  const { folders, profile, clock, currentFolder } = around;
  let daemon: RunningDaemon | undefined;
  const owners = mountOwners(folders.data);
  // One with a private /tmp may not answer either.
  let place: Place | undefined;
  return [
    { id: 'stale-mounts', run: () => staleMounts(owners) },
    {
      id: 'mount-point',
      run: () =>
        mountpoint === undefined
          ? skip('No mount point was named.')
          : mountPoint(resolve(currentFolder, mountpoint), owners),
    },
    {
      id: 'service',
      run: async () => {
        const all = await findDaemons({ folders, timeoutMs: ANSWER_MS });
        daemon = all.running.find(({ status }) => status.profile === profile);
        place = daemon?.status ?? all.silent.find((mute) => mute.profile === profile);
        return daemon === undefined ? absent(all, profile) : service(daemon);
      },
    },
    {
      id: 'visible',
      run: () => visible(place, around.env),
    },
    {
      id: 'quota',
      run: () =>
        daemon === undefined
          ? skip('Only a running mount knows this.')
          : quotaFinding(daemon.status.quota, clock.now()),
    },
    { id: 'troubles', run: () => (daemon === undefined ? skip('Only a running mount knows this.') : troubles(daemon)) },
  ];
}

async function staleMounts(owners: MountOwners): Promise<Finding> {
  const ours = (await readMountTable()).filter((entry) => isOurs(entry, owners.isOurPath));
  const inspection = inspectionWith(owners);
  const states = await Promise.all(ours.map(async ({ mountpoint }) => inspectMount(mountpoint, inspection)));
  const dead = states.filter(({ state }) => state === 'stale').map(({ path }) => path);
  if (dead.length === 0) return pass(`No dead mount is left behind (${ours.length} alive).`);
  const which = dead.length === 1 ? 'A killed daemon left a dead mount' : 'Killed daemons left dead mounts';
  return fail(
    `${which} on ${dead.join(' and ')}.`,
    dead.map((path) => `gphotos-mount unmount ${shellQuoted(path)}`).join(' && '),
  );
}

async function mountPoint(path: string, owners: MountOwners): Promise<Finding> {
  const { state } = await inspectMount(path, inspectionWith(owners));
  switch (state) {
    case 'mounted-by-us':
      return pass(`${path} is mounted by gphotos-mount.`);
    case 'mounted':
      return fail(`${path} holds another file system.`, 'Choose another folder.');
    case 'stale':
      return fail(`${path} holds a dead mount.`, `gphotos-mount unmount ${shellQuoted(path)}`);
    case 'free':
      return pass(`Nothing is mounted on ${path}.`);
  }
}

function absent({ silent, refused }: FoundDaemons, profile: string): Finding {
  const mute = silent.find((daemon) => daemon.profile === profile);
  const fault = mute === undefined ? refused[0] : notAnswering(mute);
  return fault === undefined ? pass('No mount of this profile is running.') : fail(fault.message, fault.hint);
}

function service(daemon: RunningDaemon): Finding {
  const { mountpoint, state, signIn, sync } = daemon.status;
  if (state !== 'degraded') return pass(`The mount on ${mountpoint} is ${state}.`);
  const message = signIn.message ?? sync.lastError?.message ?? '';
  return fail(`The mount on ${mountpoint} is degraded: ${message}`, signIn.hint ?? sync.lastError?.hint ?? '');
}

/** A service with a private mount namespace mounts where other processes do not see it. */
async function visible({ mountpoint, pid }: Partial<Place> = {}, env: NodeJS.ProcessEnv): Promise<Finding> {
  if (mountpoint === undefined || pid === undefined) return skip('No mount of this profile is running.');
  const isHere = (await readMountTable()).some((entry) => entry.mountpoint === mountpoint && isOurs(entry));
  if (isHere && !(await isMountedPrivately(mountpoint, pid))) return pass(`${mountpoint} is visible to all processes.`);
  const { message, hint } = invisibleMount(mountpoint, await privateSettings(pid, env));
  return fail(message, hint);
}

export function quotaFinding(quota: StatusDocument['quota'], now: number): Finding {
  const left = (kind: QuotaKind): number => 1 - quota[kind].used / (quota[kind].limit || DAILY_LIMIT[kind]);
  const least = Math.min(left('api'), left('media'));
  const words = `${Math.max(0, Math.round(least * 100))} % of the day's requests are left.`;
  const when = new Date(nextQuotaReset(now)).toISOString().slice(0, 16).replace('T', ' ');
  const fix = `Wait until ${when} UTC, or use an OAuth project of your own.`;
  if (least <= 0) return fail(words, fix);
  return least < LITTLE_LEFT ? warn(words, fix) : pass(words);
}

function troubles({ status }: RunningDaemon): Finding {
  const [latest] = status.errors;
  return latest === undefined
    ? pass('The running mount reports no trouble.')
    : warn(
        `The running mount reports ${status.errors.length} troubles, the latest: ${latest.message}`,
        latest.hint || 'See: gphotos-mount status',
      );
}
