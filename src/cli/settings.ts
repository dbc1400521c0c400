import { readOwnFile } from '../support/own-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { nearestName } from './nearest-name.js';
import { OPTION_NAMES, optionSpec, type OptionName, type Settings } from './option-table.js';

type Loose = Partial<Record<OptionName, unknown>>;

/** Options of the command line as text, by name; switches as booleans. */
export type GivenOptions = Partial<Record<OptionName, string | boolean>>;

/** Command line before environment before config.json; UserError for the first value that is not one. */
export function mergeSettings(given: GivenOptions, env: NodeJS.ProcessEnv, configFile: string): Settings {
  const fromFile = readConfigFile(configFile);
  const merged: Loose = {};
  for (const name of OPTION_NAMES) {
    merged[name] = fromArguments(name, given[name]) ?? fromEnvironment(name, env) ?? fromFile[name];
  }
  // Each value came out of that name's own parse function.
  return merged as Settings;
}

/** Settings as far as they are right, and the first thing that is wrong. */
export interface ForgivenSettings {
  readonly settings: Settings;
  readonly fault: UserError | undefined;
}

/** As {@link mergeSettings}, without config.json, and if need be without the environment, where those are wrong. */
export function forgivingSettings(given: GivenOptions, env: NodeJS.ProcessEnv, configFile: string): ForgivenSettings {
  try {
    return { settings: mergeSettings(given, env, configFile), fault: undefined };
  } catch (error) {
    if (!(error instanceof UserError) || env === NO_ENVIRONMENT) throw error;
    const { settings } = forgivingSettings(given, configFile === NO_FILE ? NO_ENVIRONMENT : env, NO_FILE);
    return { settings, fault: error };
  }
}

const NO_FILE = '';
const NO_ENVIRONMENT: NodeJS.ProcessEnv = {};

/** `GPHOTOS_POLL_INTERVAL` for `poll-interval`. */
export function environmentName(name: OptionName): string {
  return `GPHOTOS_${name.toUpperCase().replaceAll('-', '_')}`;
}

function fromArguments(name: OptionName, value: string | boolean | undefined): unknown {
  if (value === undefined) return undefined;
  const parsed = optionSpec(name).parse(String(value));
  if (parsed === undefined) {
    throw new UserError(
      ExitCode.usage,
      `--${name} must be ${optionSpec(name).expected}${value === '' ? '' : `, not "${String(value)}"`}.`,
      'See: gphotos-mount --help',
    );
  }
  return parsed;
}

function fromEnvironment(name: OptionName, env: NodeJS.ProcessEnv): unknown {
  const variable = environmentName(name);
  const value = env[variable];
  if (value === undefined || value === '' || optionSpec(name).argvOnly === true) return undefined;
  const parsed = optionSpec(name).parse(value);
  if (parsed === undefined) {
    throw new UserError(
      ExitCode.config,
      `The environment variable ${variable} must be ${optionSpec(name).expected}, not "${value}".`,
      `Correct it, or run: unset ${variable}`,
    );
  }
  return parsed;
}

function readConfigFile(file: string): Loose {
  const wrong = (message: string, hint: string, cause?: unknown): UserError =>
    new UserError(ExitCode.config, message, hint, cause);
  let text: string | undefined;
  try {
    // Of root's: where the system manages the settings of its users.
    const rules = { what: 'the configuration file', exitCode: ExitCode.config, owner: 'ours-or-root' } as const;
    text = file === NO_FILE ? undefined : readOwnFile(file, rules);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw wrong(`The configuration file ${file} cannot be read.`, `Make it readable: chmod 600 '${file}'`, error);
  }
  if (text === undefined) return {};
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw wrong(
      `The configuration file ${file} is not valid JSON: ${(error as Error).message}.`,
      'Correct it, or move it away to use the defaults.',
      error,
    );
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw wrong(
      `The configuration file ${file} must hold one JSON object.`,
      'For example: { "poll-interval": "10m", "cache-max-size": "20G" }',
    );
  }
  return parseConfig(content as Record<string, unknown>, file);
}

function parseConfig(content: Record<string, unknown>, file: string): Loose {
  const allowed = OPTION_NAMES.filter((name) => optionSpec(name).argvOnly !== true);
  const settings: Loose = {};
  for (const [key, value] of Object.entries(content)) {
    const name = allowed.find((candidate) => candidate === key);
    if (name === undefined) {
      const near = nearestName(key, allowed);
      throw new UserError(
        ExitCode.config,
        `The configuration file ${file} has an unknown key "${key}".`,
        near === undefined ? `Known keys: ${allowed.join(', ')}.` : `Did you mean "${near}"?`,
      );
    }
    const isSwitch = optionSpec(name).placeholder === undefined;
    const fits = isSwitch ? typeof value === 'boolean' : typeof value === 'string' || typeof value === 'number';
    const parsed = fits ? optionSpec(name).parse(String(value)) : undefined;
    if (parsed === undefined) {
      throw new UserError(
        ExitCode.config,
        `In the configuration file ${file}, "${key}" must be ${optionSpec(name).expected}, not ${JSON.stringify(value)}.`,
        'Correct it, then try again.',
      );
    }
    settings[name] = parsed;
  }
  return settings;
}
