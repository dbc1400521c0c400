import { EXIT_MEANINGS } from '../support/user-error.js';
import type { Command } from './command.js';
import { COMMANDS } from './command-table.js';

/** gphotos-mount(1) in mdoc, made from the commands and the table of options. `date` as `January 31, 2026`. */
export function manPage(date: string): string {
  const [mount, ...commands] = COMMANDS;
  return [
    `.Dd ${date}`,
    '.Dt GPHOTOS-MOUNT 1',
    '.Os',
    '.Sh NAME',
    '.Nm gphotos-mount',
    '.Nd mount your Google Photos as a folder',
    '.Sh SYNOPSIS',
    '.Nm',
    '.Ar mountpoint',
    '.Op Ar options',
    ...commands.flatMap(({ name }) => ['.Nm', `.Cm ${name}`, '.Op Ar arguments']),
    '.Sh DESCRIPTION',
    '.Nm',
    'shows the photos and albums of a Google account as files.',
    'Listing comes from a local catalog and waits for no network; what was read stays in a disk cache.',
    '.Pp',
    'The options of a mount are:',
    ...optionList(mount?.options ?? {}),
    '.Sh COMMANDS',
    '.Bl -tag -width Ds',
    ...commands.flatMap(commandLines),
    '.El',
    '.Sh MOUNTING BY FSTAB',
    'A line of type',
    '.Cm gphotos',
    'in',
    '.Pa /etc/fstab',
    'names a user, and a profile behind a',
    '.Ql # :',
    '.Pp',
    '.Dl alice#work /home/alice/photos gphotos _netdev,nofail,poll_interval=10m 0 0',
    '.Pp',
    'Options of a mount are written with',
    '.Ql _',
    'for',
    '.Ql - ;',
    '.Cm env. Ns Ar NAME Ns = Ns Ar value',
    'sets a variable of the mount.',
    'mount.gphotos ends with the codes of',
    '.Xr mount 8 :',
    '1 for wrong usage, 32 for a mount that failed.',
    '.Sh ENVIRONMENT',
    'Each option may stand in a variable, as',
    '.Ev GPHOTOS_POLL_INTERVAL',
    'for',
    '.Fl Fl poll-interval .',
    '.Sh FILES',
    '.Bl -tag -width Ds',
    '.It Pa ~/.config/gphotos-mount/config.json',
    'options as one JSON object',
    '.It Pa ~/.local/share/gphotos-mount',
    'catalog and log of each profile',
    '.It Pa ~/.cache/gphotos-mount',
    'cached files',
    '.El',
    '.Sh EXIT STATUS',
    '.Bl -tag -width Ds',
    ...Object.entries(EXIT_MEANINGS).flatMap(([code, meaning]) => [
      `.It ${code}`,
      escaped(meaning.replaceAll('`', '')),
    ]),
    '.El',
    '.Sh SEE ALSO',
    '.Xr fusermount3 1 ,',
    '.Xr systemctl 1 ,',
    '.Xr fstab 5 ,',
    '.Xr mount 8',
    '',
  ].join('\n');
}

function commandLines({ name, positionals, describe, options }: Command): string[] {
  return [`.It Cm ${escaped(`${name} ${positionals}`.trimEnd())}`, escaped(describe), ...optionList(options)];
}

function optionList(options: Command['options']): string[] {
  if (Object.keys(options).length === 0) return [];
  const items = Object.entries(options).flatMap(([name, { alias, takesValue = false, describe, standard }]) => [
    `.It ${alias === undefined ? '' : `Fl ${alias} , `}Fl Fl ${name}${takesValue ? ' Ar value' : ''}`,
    escaped(`${describe}${standard === undefined ? '' : ` (default: ${standard})`}`),
  ]);
  return ['.Bl -tag -width Ds', ...items, '.El'];
}

/** Text that troff takes as it is: no macro at the beginning of a line, no escapes. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replace(/^([.'])/, '\\&$1')
    .replaceAll('"', '\\(dq')
    .replace(/([.!?]\)?) +/g, '$1\n');
}
