import type { Arguments } from './arguments.js';
import type { CommandOption } from './command.js';
import { OPTION_NAMES, optionSpec, type OptionName, type OptionSpec } from './option-table.js';
import type { GivenOptions } from './settings.js';

const GROUPS: Readonly<Record<OptionSpec<unknown>['group'], string>> = {
  tree: 'What to show:',
  access: 'Who may see it:',
  cache: 'Disk cache:',
  sync: 'Keeping up:',
  running: 'Running:',
};

/** The options of a mount, as commands that take them show them. */
export const MOUNT_OPTIONS = Object.fromEntries(OPTION_NAMES.map((name) => [name, help(name)])) as Readonly<
  Record<OptionName, CommandOption>
>;

/** The options of a mount that were given. */
export function mountOptionsIn(given: Arguments<OptionName>): GivenOptions {
  const options: Partial<Record<OptionName, string | boolean>> = {};
  for (const name of OPTION_NAMES) {
    const value = given.value(name);
    if (value !== undefined) options[name] = value;
  }
  return options;
}

function help(name: OptionName): CommandOption {
  const { group, describe, alias, placeholder, offers, standard } = optionSpec(name);
  return {
    describe,
    group: GROUPS[group],
    ...(alias === undefined ? {} : { alias }),
    ...(placeholder === undefined ? {} : { takesValue: true }),
    ...(offers === undefined ? {} : { offers }),
    ...(standard === undefined ? {} : { standard }),
  };
}
