import { CACHE_ACTIONS, type CacheAction } from '../daemon/answer-cache.js';
import { ExitCode } from '../support/user-error.js';
import { usage } from './arguments.js';
import { command, commandWithActions, type Command, type CommandOption, type Doing } from './command.js';
import { accountRequest, accountWords, loginRequest } from './login-arguments.js';
import { MOUNT_OPTIONS, mountOptionsIn } from './mount-options-help.js';
import { optionSpec } from './option-table.js';
import type { CacheRequest } from './run-cache.js';
import { serviceRequest, type ServiceAction, type ServiceRequest } from './service-arguments.js';
import {
  PICK_OPTIONS,
  PICK_USAGE,
  pickCancelRequest,
  pickForgetRequest,
  pickListRequest,
  pickRequest,
} from './pick-arguments.js';
import {
  TAKEOUT_OPTIONS,
  TAKEOUT_USAGE,
  takeoutAddRequest,
  takeoutCheckRequest,
  takeoutListRequest,
  takeoutRemoveRequest,
} from './takeout-arguments.js';
import { SHELLS } from './shells.js';

const PROFILE: CommandOption = { takesValue: true, offers: 'profiles', describe: 'the mount of this profile' };

/** What all commands about accounts take. */
const ACCOUNT_OPTIONS = {
  profile: { takesValue: true, offers: 'profiles', describe: 'keeps accounts apart' },
  'ca-cert': { takesValue: true, offers: 'files', describe: optionSpec('ca-cert').describe },
} as const satisfies Readonly<Record<string, CommandOption>>;

const COMPLETION_USAGE = `Print a completion script.

Usage:
  $0 completion bash > ~/.local/share/bash-completion/completions/gphotos-mount
  $0 completion zsh > FOLDER-OF-FPATH/_gphotos-mount
  $0 completion fish > ~/.config/fish/completions/gphotos-mount.fish`;

const SERVICE_USAGE = `Start the mount with the machine, and again where it fails.

Usage:
  $0 service install [mountpoint] [options]
  $0 service install --print [mountpoint] [options]
  $0 service status|uninstall [--profile NAME]
  $0 service install [mountpoint] --system --user NAME   (as root)

The mount point is ~/photos where none is given, and is made where it is missing.`;

const SERVICE_OPTIONS = {
  ...MOUNT_OPTIONS,
  system: { describe: 'as a service of the machine; needs root and --user' },
  user: { takesValue: true, describe: 'with --system: the user that it runs as' },
  print: { only: ['install'], describe: 'print what would be installed, and change nothing' },
} as const satisfies Readonly<Record<string, CommandOption>>;

type ServiceOption = keyof typeof SERVICE_OPTIONS;

function serviceAction(action: ServiceAction): Doing<ServiceOption, ServiceRequest> {
  return {
    read: (given) => serviceRequest(action, given, mountOptionsIn(given)),
    run: async (request, context) => (await import('./run-service.js')).runService(request, context),
  };
}

function cacheAction(action: CacheAction): Doing<'json', CacheRequest> {
  return {
    read: (given) => {
      if (given.words.length === 0 && action !== 'stats' && action !== 'clear')
        throw usage(`Say what to ${action}.`, `For example: gphotos-mount cache ${action} ~/photos/album/Rome`);
      return { action, path: given.only('path'), json: given.isSet('json') };
    },
    run: async (request, context) => (await import('./run-cache.js')).runCache(request, context),
  };
}

/** Every command, mounting first, in the order of the help. Help, man page and completions are made from it. */
export const COMMANDS: readonly Command[] = [
  command({
    name: '',
    positionals: '[mountpoint]',
    describe: 'mount your Google Photos as a folder',
    usage: 'Mount your Google Photos as a folder.\n\nUsage: $0 <mountpoint> [options]',
    options: MOUNT_OPTIONS,
    read: (given) => ({
      mountpoint: given.folderTo('mount on', 'gphotos-mount ~/photos'),
      options: mountOptionsIn(given),
    }),
    run: async (request, context) => (await import('./run-mount.js')).runMount(request, context),
    becomesDaemon: ({ options }) => options.foreground === true,
  }),
  command({
    name: 'status',
    positionals: '[mountpoint]',
    describe: 'tell how a mount is doing',
    usage: 'Tell how a mount is doing.\n\nUsage: $0 status [mountpoint] [options]',
    options: {
      json: { describe: 'print the whole status document as JSON' },
      check: { describe: 'one line; exit code 0 well, 1 degraded, 2 down' },
      profile: PROFILE,
    },
    read: (given) => ({
      mountpoint: given.folder(),
      json: given.isSet('json'),
      check: given.isSet('check'),
      profile: given.text('profile'),
    }),
    run: async (request, context) =>
      request.check
        ? (await import('./check-status.js')).checkStatus(request, context)
        : (await import('./show-status.js')).showStatus(request, context),
  }),
  command({
    name: 'unmount',
    alias: 'umount',
    positionals: '[mountpoint]',
    describe: 'unmount, also after a crash',
    usage: 'Unmount a folder that gphotos-mount mounted.\n\nUsage: $0 unmount <mountpoint> [options]',
    options: {
      lazy: { alias: 'z', describe: 'although programs have files of it open' },
      'if-mounted': { describe: 'nothing mounted there is no error' },
    },
    read: (given) => ({
      mountpoint: given.folderTo('unmount', 'gphotos-mount unmount ~/photos'),
      lazy: given.isSet('lazy'),
      ifMounted: given.isSet('if-mounted'),
    }),
    run: async (request, context) => (await import('./run-unmount.js')).runUnmount(request, context),
  }),
  command({
    name: 'sync',
    positionals: '[mountpoint]',
    describe: 'look for changes at once',
    usage: 'Look for changes in your library at once.\n\nUsage:\n  $0 sync [mountpoint] [options]',
    options: {
      full: { describe: 'compare everything, which also removes what is gone' },
      wait: { describe: 'return when that is done; fail if it fails' },
      'accept-removals': { describe: 'compare everything, and remove what the last comparison held back' },
      profile: PROFILE,
    },
    read: (given) => ({
      mountpoint: given.folder(),
      profile: given.text('profile'),
      full: given.isSet('full'),
      wait: given.isSet('wait'),
      acceptRemovals: given.isSet('accept-removals'),
    }),
    run: async (request, context) => (await import('./sync-now.js')).syncNow(request, context),
  }),
  commandWithActions({
    name: 'cache',
    positionals: '<action> [path]',
    describe: 'look into the disk cache, keep files for offline use, fetch them ahead',
    usage:
      'Use the disk cache of a running mount.\n\nUsage:\n  $0 cache stats|clear [mountpoint]\n' +
      '  $0 cache pin|unpin|warm <path in the mount>',
    options: { json: { describe: 'print the outcome as JSON' } },
    actions: Object.fromEntries(CACHE_ACTIONS.map((action) => [action, cacheAction(action)])),
  }),
  commandWithActions({
    name: 'takeout',
    positionals: '[action] [paths..]',
    describe: 'show Google Takeout exports: add, list, check, remove',
    usage: TAKEOUT_USAGE,
    options: TAKEOUT_OPTIONS,
    otherwise: 'list',
    actions: {
      add: {
        read: takeoutAddRequest,
        run: async (request, context) => (await import('./run-takeout.js')).addTakeout(request, context),
      },
      list: {
        read: takeoutListRequest,
        run: async (request, context) => (await import('./show-takeouts.js')).listTakeouts(request, context),
      },
      check: {
        read: takeoutCheckRequest,
        run: async (request, context) => (await import('./show-takeouts.js')).checkTakeouts(request, context),
      },
      remove: {
        read: takeoutRemoveRequest,
        run: async (request, context) => (await import('./run-takeout.js')).removeTakeout(request, context),
      },
    },
  }),
  commandWithActions({
    name: 'pick',
    positionals: '[action] [path]',
    describe: 'pick photos on a page of Google that stay here: list, resume, cancel, forget',
    usage: PICK_USAGE,
    options: PICK_OPTIONS,
    otherwise: {
      read: pickRequest,
      run: async (request, context) => (await import('./run-pick.js')).runPick(request, context),
    },
    actions: {
      list: {
        read: pickListRequest,
        run: async (request, context) => (await import('./run-pick.js')).listPicks(request, context),
      },
      resume: {
        read: pickListRequest,
        run: async (request, context) => (await import('./run-pick.js')).resumePicks(request, context),
      },
      cancel: {
        read: pickCancelRequest,
        run: async (request, context) => (await import('./run-pick.js')).cancelPick(request, context),
      },
      forget: {
        read: pickForgetRequest,
        run: async (request, context) => (await import('./run-pick.js')).forgetPick(request, context),
      },
    },
  }),
  command({
    name: 'completion',
    positionals: '[shell]',
    words: SHELLS,
    describe: 'print a completion script for bash, zsh or fish',
    usage: COMPLETION_USAGE,
    options: {},
    read: ({ words: [word, extra] }) => {
      const shell = SHELLS.find((known) => known === word);
      if (shell !== undefined && extra === undefined) return { shell };
      throw usage(`Say which shell: ${SHELLS.join(', ')}.`, 'For example: gphotos-mount completion bash');
    },
    run: async ({ shell }, { stdout }) => {
      const { completionScript } = await import('./completions.js');
      stdout.write(completionScript(shell, COMMANDS));
      return ExitCode.ok;
    },
  }),
  command({
    name: 'login',
    positionals: '[client]',
    describe: 'sign in to Google, also while mounted',
    usage:
      'Sign in to Google.\n\nUsage:\n  $0 login [client_secret.json] [options]\n\n' +
      'Without a file, the newest client_secret*.json of ~/Downloads is taken; where\n' +
      'there is none, the steps that make one are shown.',
    options: {
      ...ACCOUNT_OPTIONS,
      'no-browser': { describe: 'say the address instead, and take what is pasted: for servers' },
      port: { takesValue: true, describe: 'port to wait on for the browser, for an ssh tunnel' },
      timeout: { takesValue: true, describe: 'how long to wait for the browser', standard: '10m' },
      'refresh-token': { describe: 'read a refresh token from standard input instead' },
      'from-rclone': { takesValue: true, describe: 'take client and token of this remote of rclone' },
      keyring: { describe: 'keep the sign-in in the keyring of the desktop' },
      'no-keyring': { describe: 'keep it in a file (the default)' },
    },
    read: loginRequest,
    run: async (request, context) => (await import('./run-login.js')).runLogin(request, context),
  }),
  command({
    name: 'logout',
    describe: 'take the access back at Google and delete the sign-in',
    usage: 'Take the access back at Google and delete the sign-in.\n\nUsage:\n  $0 logout [options]',
    options: ACCOUNT_OPTIONS,
    read: (given) => {
      accountWords(given, 0);
      return accountRequest(given);
    },
    run: async (request, context) => (await import('./run-logout.js')).runLogout(request, context),
  }),
  command({
    name: 'accounts',
    describe: 'list the profiles that are signed in, and how they are',
    usage: 'List the profiles that are signed in.\n\nUsage:\n  $0 accounts [options]',
    options: { ...ACCOUNT_OPTIONS, json: { describe: 'print JSON' } },
    read: (given) => {
      accountWords(given, 0);
      return { ...accountRequest(given), json: given.isSet('json') };
    },
    run: async (request, context) => (await import('./show-accounts.js')).showAccounts(request, context),
  }),
  command({
    name: 'doctor',
    positionals: '[mountpoint]',
    describe: 'check everything that a mount needs, and say how to fix it',
    usage: 'Check everything that a mount needs.\n\nUsage:\n  $0 doctor [mountpoint] [options]',
    options: {
      ...ACCOUNT_OPTIONS,
      json: { describe: 'print JSON' },
      bundle: { takesValue: true, offers: 'files', describe: 'write a file for a bug report, without secrets' },
      yes: { alias: 'y', describe: 'write the bundle without asking' },
    },
    read: (given) => ({
      ...accountRequest(given),
      json: given.isSet('json'),
      bundle: given.text('bundle'),
      yes: given.isSet('yes'),
      mountpoint: accountWords(given, 1)[0],
    }),
    run: async (request, context) => (await import('./run-doctor.js')).runDoctor(request, context),
  }),
  commandWithActions({
    name: 'service',
    positionals: '<action> [mountpoint]',
    describe: 'start the mount with the machine: install, uninstall, status',
    usage: SERVICE_USAGE,
    options: SERVICE_OPTIONS,
    actions: {
      install: serviceAction('install'),
      uninstall: serviceAction('uninstall'),
      status: serviceAction('status'),
    },
  }),
];
