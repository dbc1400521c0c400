import { isCarried } from '../service/service-places.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { nearestName } from './nearest-name.js';
import { OPTION_NAMES, optionSpec, type OptionName } from './option-table.js';
import type { GivenOptions } from './settings.js';

/** The first argument of the program where bin/mount.gphotos starts it. */
export const MOUNT_HELPER_ARGUMENT = '__mount-helper';

/** What mount(8) asks of its helper: `mount.gphotos SPEC DIR [-fnsv] [-o OPTIONS]`. */
export interface MountHelperCall {
  /** The first word as it came: it is shown as source in the mount table, by which mount(8) knows the line again. */
  readonly source: string;
  /** Name or number; empty: the user that runs the helper. */
  readonly user: string;
  readonly directory: string;
  /** With the profile. */
  readonly options: GivenOptions;
  /** Variables of the mount, from `env.NAME=value`. */
  readonly environment: Readonly<Record<string, string>>;
  /** `-f`: check everything and mount nothing. */
  readonly isFake: boolean;
  /** `-v`. */
  readonly isVerbose: boolean;
}

/** Options of every file system. mount(8), the kernel or systemd act on them; they change nothing in how photos are shown. */
const GENERIC = new Set(
  [
    'defaults rw ro auto noauto nofail _netdev user nouser users nousers owner noowner group nogroup',
    'suid nosuid dev nodev exec noexec sync async dirsync atime noatime diratime nodiratime relatime norelatime',
    'strictatime nostrictatime lazytime nolazytime mand nomand iversion noiversion silent loud',
  ].flatMap((line) => line.split(' ')),
);
const GENERIC_WITH_VALUE = /^(?:[xX]-|comment=|user=|helper=|uhelper=)/;

const HINT = 'README.md tells how a line in /etc/fstab is made.';
const FLAGS = 'fnsv';

/** Whether the program was called as mount.fuse3 calls it: source and folder, then `-o`. */
export function isMountHelperCall(args: readonly string[]): boolean {
  const [source = '-', directory = '', ...rest] = args;
  return !source.startsWith('-') && directory.startsWith('/') && rest.includes('-o');
}

/** Understands the arguments of mount.gphotos. Throws UserError, `usage`, where they make no sense. */
export function parseMountHelper(args: readonly string[]): MountHelperCall {
  const { words, flags, lists } = splitArguments(args);
  const [source, directory, extra] = words;
  if (source === undefined || directory === undefined || extra !== undefined)
    throw wrong('mount.gphotos is called as: mount.gphotos USER[#PROFILE] FOLDER [-fnsv] [-o OPTIONS].', HINT);
  // mount(8) makes a path of a name that exists in the current folder.
  const [named = '', profile, ...more] = source.split('#');
  const user = named.slice(named.lastIndexOf('/') + 1);
  if (more.length > 0) throw wrong(`"${source}" is not a user, or a user, # and a profile.`, HINT);
  const options: Partial<Record<OptionName, string | boolean>> = {};
  const environment: Record<string, string> = {};
  for (const text of lists.flatMap(splitOptions)) {
    const [name, value] = nameAndValue(text);
    if (GENERIC.has(text) || GENERIC_WITH_VALUE.test(text)) continue;
    if (name.startsWith('env.')) environment[name.slice(4)] = variable(name.slice(4), value ?? '');
    else {
      const option = optionOf(name);
      if (option !== undefined) options[option] = valueOf(option, name, value);
      else if (!flags.has('s')) throw unknown(name);
    }
  }
  if (profile !== undefined) options.profile = sameProfile(profile, options.profile);
  return { source, user, directory, options, environment, isFake: flags.has('f'), isVerbose: flags.has('v') };
}

interface SplitArguments {
  readonly words: readonly string[];
  readonly flags: ReadonlySet<string>;
  /** Values of each `-o`. */
  readonly lists: readonly string[];
}

function splitArguments(args: readonly string[]): SplitArguments {
  const words: string[] = [];
  const flags = new Set<string>();
  const lists: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!/^-./.test(word)) words.push(word);
    else if (word === '-o') lists.push(rest.shift() ?? '');
    // The type with its subtype: it is known already.
    else if (word === '-t') rest.shift();
    else if (word === '-N') throw wrong('mount.gphotos does not mount in another namespace (-N).', 'Use nsenter(1).');
    else
      for (const letter of word.slice(1)) {
        if (!FLAGS.includes(letter)) throw wrong(`mount.gphotos has no option -${letter}.`, HINT);
        flags.add(letter);
      }
  }
  return { words, flags, lists };
}

/** At commas, but not at those between double quotes, as libmount does it. */
export function splitOptions(list: string): string[] {
  return (list.match(/(?:[^,"]|"[^"]*"|")+/g) ?? []).map((option) => option.trim()).filter((option) => option !== '');
}

function nameAndValue(option: string): readonly [string, string | undefined] {
  const at = option.indexOf('=');
  if (at < 0) return [option, undefined];
  return [option.slice(0, at), option.slice(at + 1).replace(/^"(.*)"$/, '$1')];
}

/** `poll_interval`, as mount options are written, or `poll-interval`. */
function optionOf(name: string): OptionName | undefined {
  const option = OPTION_NAMES.find((known) => known === name.replaceAll('_', '-'));
  return option === undefined || optionSpec(option).argvOnly === true ? undefined : option;
}

function valueOf(option: OptionName, name: string, value: string | undefined): string | boolean {
  const { placeholder } = optionSpec(option);
  if (placeholder === undefined) return value ?? true;
  if (value === undefined) throw wrong(`The mount option ${name} needs a value: ${name}=${placeholder}.`, HINT);
  return value;
}

function variable(name: string, value: string): string {
  if (isCarried(name, value)) return value;
  throw wrong(
    `The mount option env.${name} is not taken: it is not used, or may hold a secret that all could read.`,
    'Folders, hosts and proxies without a password may be set: GPHOTOS_DATA_DIR, HTTPS_PROXY and their like.',
  );
}

function unknown(name: string): UserError {
  if (name === 'remount')
    return wrong('A mount of Google Photos cannot be mounted again with other options.', 'Unmount it, then mount it.');
  const known = OPTION_NAMES.filter((option) => optionSpec(option).argvOnly !== true);
  const near = nearestName(name.replaceAll('_', '-'), known)?.replaceAll('-', '_');
  return wrong(`There is no mount option "${name}".`, near === undefined ? HINT : `Did you mean ${near}?`);
}

function sameProfile(named: string, option: string | boolean | undefined): string {
  if (option === undefined || option === named) return named;
  throw wrong(`Two profiles are named: ${named} and ${String(option)}.`, 'Leave the option profile out.');
}

function wrong(message: string, hint: string): UserError {
  return new UserError(ExitCode.usage, message, hint);
}
