import { join } from 'node:path';
import type { AccountSurroundings } from '../account/surroundings.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { systemClock } from '../support/clock.js';
import type { CliContext } from './cli-context.js';
import type { AccountRequest } from './login-arguments.js';
import type { Settings } from './option-table.js';
import { forgivingSettings, mergeSettings, type ForgivenSettings, type GivenOptions } from './settings.js';

/** What a command about accounts works with. Throws UserError where a setting is wrong. */
export function accountSurroundings(request: AccountRequest, context: CliContext): AccountSurroundings {
  return surroundings(mergeSettings(givenIn(request), context.around.env, configFile(context)), context);
}

/** As {@link accountSurroundings}, without the settings that are wrong, and with what is wrong with them. */
export function forgivingSurroundings(
  request: AccountRequest,
  context: CliContext,
): ForgivenSettings & { readonly around: AccountSurroundings } {
  const forgiven = forgivingSettings(givenIn(request), context.around.env, configFile(context));
  return { ...forgiven, around: surroundings(forgiven.settings, context) };
}

const configFile = ({ around }: CliContext): string => join(baseFolders(around).config, 'config.json');

function givenIn({ profile, caFile }: AccountRequest): GivenOptions {
  return { ...(profile === undefined ? {} : { profile }), ...(caFile === undefined ? {} : { 'ca-cert': caFile }) };
}

function surroundings(settings: Settings, context: CliContext): AccountSurroundings {
  const folders = baseFolders(context.around);
  const { env, home, platform } = context.around;
  return {
    env,
    home,
    platform,
    currentFolder: context.person.currentFolder,
    folders: { ...folders, cache: settings['cache-dir'] ?? folders.cache },
    profile: settings.profile ?? 'default',
    caFile: settings['ca-cert'],
    clock: systemClock,
    say: (line) => context.stdout.write(`${printable(line)}\n`),
  };
}

/** Paths and answers may hold anything; a terminal must not obey them. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?');
}
