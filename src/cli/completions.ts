import type { Shell } from './command-line.js';
import { describeCommands, type CommandHelp, type OptionHelp } from './describe-commands.js';

/** Options whose value is a folder, a file, or one of some words. */
const FOLDERS = ['cache-dir'];
const FILES = ['ca-cert', 'log-file', 'bundle'];
const VALUES: Readonly<Record<string, string>> = { 'log-level': 'debug info warn error' };
/** Names of profiles are those of the folders of data. */
const PROFILES = 'command ls "${GPHOTOS_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/gphotos-mount}" 2>/dev/null';

/** A script that the shell reads; it runs nothing of this program. */
export function completionScript(shell: Shell): string {
  const commands = describeCommands();
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

const flags = (options: readonly OptionHelp[]): string =>
  [
    '--help',
    ...options.flatMap(({ name, alias }) => [`--${name}`, ...(alias === undefined ? [] : [`-${alias}`])]),
  ].join(' ');
const named = (commands: readonly CommandHelp[]): (CommandHelp & { name: string })[] =>
  commands.flatMap((command) => (command.name === undefined ? [] : [{ ...command, name: command.name }]));
const pattern = (names: readonly string[]): string => names.map((name) => `--${name}`).join('|');

/** The part that bash and zsh share: sets `options` and `words` by the command, which is in `command`. */
function table(commands: readonly CommandHelp[]): string {
  const mount = commands.find(({ name }) => name === undefined);
  const rows = named(commands).map(
    ({ name, options, words }) => `    ${name}) options='${flags(options)}'; words='${words.join(' ')}' ;;`,
  );
  const all = named(commands).map(({ name }) => name);
  return [
    '  case $command in',
    ...rows,
    `    *) options='${flags(mount?.options ?? [])} --version'; words='${all.join(' ')}' ;;`,
    '  esac',
  ].join('\n');
}

function bash(commands: readonly CommandHelp[]): string {
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
${Object.entries(VALUES)
  .map(([name, values]) => `    --${name}) mapfile -t COMPREPLY < <(compgen -W '${values}' -- "$current"); return ;;`)
  .join('\n')}
    --profile) mapfile -t COMPREPLY < <(compgen -W "$(${PROFILES})" -- "$current"); return ;;
    ${pattern(FOLDERS)}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    ${pattern(FILES)}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
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

function zsh(commands: readonly CommandHelp[]): string {
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
${Object.entries(VALUES)
  .map(([name, values]) => `    --${name}) compadd -- ${values}; return ;;`)
  .join('\n')}
    --profile) compadd -- \${(f)"$(${PROFILES})"}; return ;;
    ${pattern(FOLDERS)}) _files -/; return ;;
    ${pattern(FILES)}) _files; return ;;
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

function fish(commands: readonly CommandHelp[]): string {
  const lines = [
    '# fish completion for gphotos-mount',
    'complete -c gphotos-mount -f -a "(__fish_complete_directories)"',
  ];
  const all = named(commands)
    .map(({ name }) => name)
    .join(' ');
  const none = `not __fish_seen_subcommand_from ${all}`;
  for (const { name, describe, options, words } of commands) {
    const condition = name === undefined ? none : `__fish_seen_subcommand_from ${name}`;
    if (name !== undefined)
      lines.push(`complete -c gphotos-mount -n '${none}' -a ${name} -d '${quotedFish(describe)}'`);
    for (const word of words)
      lines.push(
        `complete -c gphotos-mount -n '${condition}; and not __fish_seen_subcommand_from ${words.join(' ')}' -a ${word}`,
      );
    for (const option of options) lines.push(`complete -c gphotos-mount -n '${condition}' ${fishOption(option)}`);
  }
  return `${lines.join('\n')}\n`;
}

function fishOption({ name, alias, takesValue, describe }: OptionHelp): string {
  const value = FOLDERS.includes(name)
    ? " -x -a '(__fish_complete_directories)'"
    : FILES.includes(name)
      ? ' -r -F'
      : name === 'profile'
        ? ` -x -a '(command ls ~/.local/share/gphotos-mount 2>/dev/null)'`
        : VALUES[name] === undefined
          ? ' -x'
          : ` -x -a '${VALUES[name] ?? ''}'`;
  return `-l ${name}${alias === undefined ? '' : ` -s ${alias}`}${takesValue ? value : ''} -d '${quotedFish(describe)}'`;
}

function quotedFish(text: string): string {
  return text.replace(/['\\]/g, (char) => `\\${char}`);
}
