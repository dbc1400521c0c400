/**
 * What a program wants to do with a name in a folder: to make a file (or a hard link), a folder or a symbolic link of that name, to
 * give it or take it by renaming, or to change or remove what has it.
 */
export type Change = 'create' | 'mkdir' | 'symlink' | 'rename' | 'modify';
