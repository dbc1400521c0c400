import type { RunProgram } from './systemd.js';

/** A user of this machine. */
export interface UserAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** What of a process its user is made of. */
export interface ProcessIdentity {
  getuid?(): number;
  initgroups?(user: string, group: number): void;
  setgid?(group: number): void;
  setuid?(user: number): void;
}

/** Looks a user up by name or number; undefined where there is none. */
export async function findAccount(run: RunProgram, wanted: string): Promise<UserAccount | undefined> {
  const entry = (await run('getent', ['passwd', '--', wanted])).stdout.trim().split(':');
  // macOS has no getent; its id prints the line with class, change and expiry after the group.
  const fields = entry.length > 1 ? entry : (await run('id', ['-P', wanted])).stdout.trim().split(':').toSpliced(4, 3);
  const [name, , uid, gid, , home, shell] = fields;
  if (name === undefined || uid === undefined || gid === undefined || home === undefined) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home, shell: shell ?? '' };
}

/** Changes this process to that user, permanently: groups, group and user. Throws where this process is not root's. */
export function becomeUser({ name, uid, gid }: UserAccount, self: ProcessIdentity = process): void {
  if (self.getuid?.() === uid) return;
  // The user goes last: after that the others could not be changed.
  self.initgroups?.(name, gid);
  self.setgid?.(gid);
  self.setuid?.(uid);
  if (self.getuid?.() !== uid) throw new Error(`this process did not become ${name}`);
}
