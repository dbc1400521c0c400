import { ExitCode, UserError } from '../support/user-error.js';
import { sealOf, type FileOrigin } from './seal.js';

/** What launchd runs. */
export interface LaunchdJob {
  readonly label: string;
  /** Absolute path of the program first. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What the process writes to its standard output and standard error output is added to this file. */
  readonly logFile: string;
  /** Runs as this user from boot on (LaunchDaemon); undefined: in the desktop session of the user who installs it (LaunchAgent). */
  readonly user: string | undefined;
}

/** Seconds between two starts; a job that ran for longer is started again at once. */
export const THROTTLE_SECONDS = 30;
/** Seconds between SIGTERM and SIGKILL. */
export const EXIT_SECONDS = 30;
/** In decimal, as launchd.plist(5) wants it: 077. */
const UMASK = 0o077;

const LABEL = 'io.github.gphotos-mount';
const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n';
const MARKER = '<!-- Written by `gphotos-mount service install`; install again to change it. sha256:';
const MARKER_END = ' -->\n';

/** `io.github.gphotos-mount`, or `io.github.gphotos-mount.PROFILE`. */
export function jobLabel(profile: string): string {
  return profile === 'default' ? LABEL : `${LABEL}.${profile}`;
}

/** The profile that a label is of; undefined for labels of others. */
export function profileOfLabel(label: string): string | undefined {
  if (label === LABEL) return 'default';
  return label.startsWith(`${LABEL}.`) ? label.slice(LABEL.length + 1) : undefined;
}

type Value = string | number | boolean | readonly string[] | { readonly [key: string]: Value };

/**
 * The property list, with a comment that shows whether it was edited since. Throws UserError where a word holds a character
 * that XML has no way to write.
 */
export function plistText({ label, words, environment, logFile, user }: LaunchdJob): string {
  const job: Record<string, Value> = {
    Label: label,
    ...(user === undefined ? { LimitLoadToSessionType: 'Aqua' } : { UserName: user }),
    ProgramArguments: words,
    ...(Object.keys(environment).length === 0 ? {} : { EnvironmentVariables: environment }),
    RunAtLoad: true,
    // A crash, and every exit code but 0. What a person must mend ends with 0: see launchd-entry.ts.
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: THROTTLE_SECONDS,
    ExitTimeOut: EXIT_SECONDS,
    // The other kinds are slowed down for the sake of programs in front, and those wait for this one where they read photos.
    ProcessType: 'Interactive',
    StandardOutPath: logFile,
    StandardErrorPath: logFile,
    Umask: UMASK,
  };
  // One spelling of a path, however it was typed: file systems of macOS take both.
  const body = `<plist version="1.0">\n${element(job, '')}</plist>\n`.normalize('NFC');
  return `${HEAD}${MARKER}${sealOf(body)}${MARKER_END}${body}`;
}

function element(value: Value, indent: string): string {
  if (typeof value === 'string') return `${indent}<string>${escaped(value)}</string>\n`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>\n`;
  if (typeof value === 'boolean') return `${indent}<${value}/>\n`;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item: string) => element(item, inner)).join('');
    return `${indent}<array>\n${items}${indent}</array>\n`;
  }
  const pairs = Object.entries(value).map(
    ([key, item]: [string, Value]) => `${inner}<key>${escaped(key)}</key>\n${element(item, inner)}`,
  );
  return `${indent}<dict>\n${pairs.join('')}${indent}</dict>\n`;
}

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text))
    throw new UserError(
      ExitCode.usage,
      `${JSON.stringify(text)} holds a control character, which a file of launchd cannot hold.`,
      'Take a path without control characters.',
    );
  return text.replace(/[&<>\t\n\r]/g, (char) => NAMED[char] ?? `&#${char.charCodeAt(0)};`);
}

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code: string | undefined, name: string | undefined) => {
    if (code !== undefined) return String.fromCodePoint(Number(code));
    return Object.entries(NAMED).find(([, entity]) => entity === `&${name};`)?.[0] ?? whole;
  });
}

/** What the program is started with, from a property list that this program wrote; empty where it cannot be found. */
export function wordsOf(text: string): string[] {
  const [, array = ''] = /<key>ProgramArguments<\/key>\s*<array>([^]*?)<\/array>/.exec(text) ?? [];
  return Array.from(array.matchAll(/<string>([^<]*)<\/string>/g), ([, word = '']) => unescaped(word));
}

export function plistOrigin(text: string): FileOrigin {
  const from = text.indexOf(MARKER);
  const to = text.indexOf(MARKER_END, from);
  if (from < 0 || to < 0) return { kind: 'foreign' };
  const isOurs =
    text.slice(0, from) === HEAD && text.slice(from + MARKER.length, to) === sealOf(text.slice(to + MARKER_END.length));
  return { kind: isOurs ? 'ours' : 'edited', mountpoint: wordsOf(text).at(-1) };
}
