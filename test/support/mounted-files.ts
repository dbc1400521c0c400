import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Every path below `folder`, relative, folders with a slash at the end; sorted. */
export async function treeOf(folder: string): Promise<string[]> {
  const walk = async (at: string, prefix: string): Promise<string[]> => {
    const entries = await readdir(at, { withFileTypes: true });
    const found: string[] = [];
    for (const entry of entries) {
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory()) found.push(`${path}/`, ...(await walk(join(at, entry.name), `${path}/`)));
      else found.push(path);
    }
    return found;
  };
  return (await walk(folder, '')).sort();
}

/** Names in a folder, sorted. */
export async function names(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}

/** Extended attributes of a file as the kernel gives them; Node has no call for it. */
export async function xattrsOf(path: string): Promise<Record<string, string>> {
  const script =
    'import os,sys,json;p=sys.argv[1];print(json.dumps({n:os.getxattr(p,n).decode() for n in os.listxattr(p)}))';
  const { stdout } = await execute('python3', ['-c', script, path], { timeout: 20_000 });
  return JSON.parse(stdout) as Record<string, string>;
}

/** The error name that the operation ends with, or `ok`. */
export async function outcome(operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
    return 'ok';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** The first `length` bytes of a file. */
export async function head(path: string, length: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Runs a program on the mount with a deadline and gives its standard output. */
export async function run(program: string, args: readonly string[], timeout = 60_000): Promise<string> {
  const { stdout } = await execute(program, args, { timeout, maxBuffer: 256 * 2 ** 20 });
  return stdout;
}

/** Reads to the end as `cat` does: the kernel may give what came before an error first, and some programs take that for all. An error gives its name. */
export async function readToEnd(file: string): Promise<Buffer | string> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of createReadStream(file)) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** Extended attributes of all files below a folder, by path: one program for all of them. */
export async function xattrsBelow(folder: string): Promise<ReadonlyMap<string, Record<string, string>>> {
  const script = `import os,sys,json
paths = [os.path.join(at, name) for at, _, names in os.walk(sys.argv[1]) for name in names]
print(json.dumps([[p, {n: os.getxattr(p, n).decode() for n in os.listxattr(p)}] for p in paths]))`;
  const output = await run('python3', ['-c', script, folder]);
  return new Map(JSON.parse(output) as [string, Record<string, string>][]);
}
