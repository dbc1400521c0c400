import type { Command, CommandOption, Offers } from './command.js';
import type { Shell } from './shells.js';

/** Names of profiles are those of the folders of data. */
const PROFILES = 'command ls "${GPHOTOS_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/gphotos-mount}" 2>/dev/null';

/** A script that the shell reads; it runs nothing of this program. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

type Options = Command['options'];

const flags = (options: Options): string =>
  [
    '--help',
    ...Object.entries(options).flatMap(([name, { alias }]) => [
      `--${name}`,
      ...(alias === undefined ? [] : [`-${alias}`]),
    ]),
  ].join(' ');
const named = (commands: readonly Command[]): readonly Command[] => commands.filter(({ name }) => name !== '');

/** The options that take a value of some kind, in bash's and zsh's way: `--ca-cert|--log-file`. */
function pattern(commands: readonly Command[], kind: Offers): string {
  const names = commands.flatMap(({ options }) =>
    Object.entries(options).flatMap(([name, { offers }]) => (offers === kind ? [`--${name}`] : [])),
  );
  return [...new Set(names)].join('|');
}

/** The options whose value is one of some words, with those. */
function choices(commands: readonly Command[]): readonly (readonly [name: string, words: string])[] {
  const found = commands.flatMap(({ options }) =>
    Object.entries(options).flatMap(([name, { offers }]) =>
      typeof offers === 'object' ? [[name, offers.join(' ')] as const] : [],
    ),
  );
  return [...new Map(found)];
}

/** The part that bash and zsh share: sets `options` and `words` by the command, which is in `command`. */
function table(commands: readonly Command[]): string {
  const mount = commands.find(({ name }) => name === '');
  const rows = named(commands).map(
    ({ name, options, words }) => `    ${name}) options='${flags(options)}'; words='${words.join(' ')}' ;;`,
  );
  const all = named(commands).map(({ name }) => name);
  return [
    '  case $command in',
    ...rows,
    `    *) options='${flags(mount?.options ?? {})} --version'; words='${all.join(' ')}' ;;`,
    '  esac',
  ].join('\n');
}

function bash(commands: readonly Command[]): string {
  return `# bash completion for gphotos-mount
_gphotos_mount() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' options words i position=0
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] && continue
    [[ -n $command ]] || command=\${COMP_WORDS[i]}
    position=$((position + 1))
  done
${table(commands)}
  case $previous in
${choices(commands)
  .map(([name, values]) => `    --${name}) mapfile -t COMPREPLY < <(compgen -W '${values}' -- "$current"); return ;;`)
  .join('\n')}
    ${pattern(commands, 'profiles')}) mapfile -t COMPREPLY < <(compgen -W "$(${PROFILES})" -- "$current"); return ;;
    ${pattern(commands, 'folders')}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    ${pattern(commands, 'files')}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  if ((position <= 1)) && [[ -n $words ]]; then mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"); fi
  compopt -o filenames 2>/dev/null
  local found
  while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen -d -- "$current")
}
complete -F _gphotos_mount gphotos-mount
`;
}

function zsh(commands: readonly Command[]): string {
  return `#compdef gphotos-mount
_gphotos_mount() {
  local current=\${words[CURRENT]} previous=\${words[CURRENT-1]} command='' options i
  local -a given=("\${words[@]}")
  local words
  for ((i = 2; i < CURRENT; i++)); do
    [[ \${given[i]} == -* ]] && continue
    [[ -n $command ]] || command=\${given[i]}
  done
${table(commands)}
  case $previous in
${choices(commands)
  .map(([name, values]) => `    --${name}) compadd -- ${values}; return ;;`)
  .join('\n')}
    ${pattern(commands, 'profiles')}) compadd -- \${(f)"$(${PROFILES})"}; return ;;
    ${pattern(commands, 'folders')}) _files -/; return ;;
    ${pattern(commands, 'files')}) _files; return ;;
  esac
  if [[ $current == -* ]]; then
    compadd -- \${=options}
    return
  fi
  [[ -z $words ]] || compadd -- \${=words}
  _files -/
}
compdef _gphotos_mount gphotos-mount 2>/dev/null
`;
}

function fish(commands: readonly Command[]): string {
  const lines = [
    '# fish completion for gphotos-mount',
    'complete -c gphotos-mount -f -a "(__fish_complete_directories)"',
  ];
  const all = named(commands)
    .map(({ name }) => name)
    .join(' ');
  const none = `not __fish_seen_subcommand_from ${all}`;
  for (const { name, describe, options, words } of commands) {
    const condition = name === '' ? none : `__fish_seen_subcommand_from ${name}`;
    if (name !== '') lines.push(`complete -c gphotos-mount -n '${none}' -a ${name} -d '${quotedFish(describe)}'`);
    for (const word of words)
      lines.push(
        `complete -c gphotos-mount -n '${condition}; and not __fish_seen_subcommand_from ${words.join(' ')}' -a ${word}`,
      );
    for (const [option, help] of Object.entries(options))
      lines.push(`complete -c gphotos-mount -n '${condition}' ${fishOption(option, help)}`);
  }
  return `${lines.join('\n')}\n`;
}

function fishOption(name: string, { alias, takesValue = false, offers, describe }: CommandOption): string {
  const short = alias === undefined ? '' : ` -s ${alias}`;
  return `-l ${name}${short}${takesValue ? fishValue(offers) : ''} -d '${quotedFish(describe)}'`;
}

function fishValue(offers: Offers | undefined): string {
  switch (offers) {
    case 'folders':
      return " -x -a '(__fish_complete_directories)'";
    case 'files':
      return ' -r -F';
    case 'profiles':
      return ` -x -a '(command ls ~/.local/share/gphotos-mount 2>/dev/null)'`;
    case undefined:
      return ' -x';
    default:
      return ` -x -a '${offers.join(' ')}'`;
  }
}

function quotedFish(text: string): string {
  return text.replace(/['\\]/g, (char) => `\\${char}`);
}
