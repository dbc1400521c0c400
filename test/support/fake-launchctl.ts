// Stands in for launchctl and launchd. The folder in FAKE_LAUNCHD holds what it knows and what a test wants it to say:
//   jobs/LABEL.json  the jobs that are loaded
//   calls            one line for each call
//   answers.json     {"bootstrap": [{"code": 37, "stderr": "..."}]}: said instead, once each, and nothing is done
//   no-desktop       nobody is logged in at the desktop
import { spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePlist } from './plist.js';

interface Job {
  domain: string;
  file: string;
  supervisor: number;
  state: string;
  runs: number;
  pid?: number | undefined;
  lastExit?: number | undefined;
  lastSignal?: string | undefined;
}

interface Description {
  readonly Label: string;
  readonly ProgramArguments: string[];
  readonly EnvironmentVariables?: Record<string, string>;
  readonly KeepAlive?: { readonly SuccessfulExit?: boolean };
  readonly RunAtLoad?: boolean;
  readonly ThrottleInterval?: number;
  readonly ExitTimeOut?: number;
  readonly StandardErrorPath?: string;
  readonly UserName?: string;
  readonly Umask?: number;
}

type Said = { readonly code: number; readonly stderr?: string };

const folder = process.env['FAKE_LAUNCHD'] ?? '';
const jobFile = (label: string): string => join(folder, 'jobs', `${label}.json`);

/** A file of its own: the process that watches over the job writes the other one. */
const leavingFile = (label: string): string => join(folder, 'jobs', `${label}.leaving`);

function readJob(label: string): Job | undefined {
  try {
    return JSON.parse(readFileSync(jobFile(label), 'utf8')) as Job;
  } catch {
    return undefined;
  }
}

function writeJob(label: string, job: Job): void {
  writeFileSync(`${jobFile(label)}.${process.pid}`, JSON.stringify(job));
  renameSync(`${jobFile(label)}.${process.pid}`, jobFile(label));
}

function describeFile(file: string): Description {
  return parsePlist(readFileSync(file, 'utf8')) as unknown as Description;
}

/** What a test put there for this verb. */
function prepared(verb: string): Said | undefined {
  const file = join(folder, 'answers.json');
  if (!existsSync(file)) return undefined;
  const answers = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Said[]>;
  const said = answers[verb]?.shift();
  writeFileSync(file, JSON.stringify(answers));
  return said;
}

function print(target: string): Said {
  const [domain = '', id = '', label] = target.startsWith('system')
    ? ['system', '', target.split('/')[1]]
    : target.split('/');
  if (domain === 'gui' && existsSync(join(folder, 'no-desktop')))
    return { code: 113, stderr: `Bad request.\nCould not find domain for user gui: ${id}\n` };
  if (label === undefined) {
    process.stdout.write(`${target} = {\n\ttype = user\n\tservices = {\n\t}\n}\n`);
    return { code: 0 };
  }
  const job = readJob(label);
  if (job === undefined)
    return { code: 113, stderr: `Bad request.\nCould not find service "${label}" in domain for user gui: ${id}\n` };
  const lines = [
    `active count = ${job.pid === undefined ? 0 : 1}`,
    `path = ${job.file}`,
    'type = LaunchAgent',
    `state = ${job.state}`,
    '',
    'environment = {',
    '\tpid = 1',
    '\tstate = a variable',
    '}',
    `runs = ${job.runs}`,
    ...(job.pid === undefined ? [] : [`pid = ${job.pid}`]),
    ...(job.lastSignal === undefined ? [] : [`last terminating signal = ${job.lastSignal}`]),
    `last exit code = ${job.lastExit ?? '(never exited)'}`,
  ];
  process.stdout.write(`${target} = {\n${lines.map((line) => `\t${line}\n`).join('')}}\n`);
  return { code: 0 };
}

function bootstrap(domain: string, file: string): Said {
  const failed = (code: number, words: string): Said => ({ code, stderr: `Bootstrap failed: ${code}: ${words}\n` });
  if (domain !== 'system' && existsSync(join(folder, 'no-desktop')))
    return failed(125, 'Domain does not support specified action');
  let described: Description;
  try {
    if ((statSync(file).mode & 0o022) !== 0) return failed(5, 'Input/output error');
    described = describeFile(file);
  } catch {
    return failed(5, 'Input/output error');
  }
  const label = described.Label;
  const loaded = readJob(label);
  if (loaded !== undefined)
    return existsSync(leavingFile(label))
      ? failed(37, 'Operation already in progress')
      : failed(5, 'Input/output error');
  mkdirSync(join(folder, 'jobs'), { recursive: true });
  writeJob(label, { domain, file, supervisor: 0, state: 'spawn scheduled', runs: 0 });
  const self = fileURLToPath(import.meta.url);
  spawn(process.execPath, [self, 'supervise', label], { stdio: 'ignore', detached: true }).unref();
  return { code: 0 };
}

function bootout(target: string): Said {
  const label = basename(target);
  if (readJob(label) === undefined) return { code: 3, stderr: 'Boot-out failed: 3: No such process\n' };
  writeFileSync(leavingFile(label), '');
  return { code: 36, stderr: 'Boot-out failed: 36: Operation now in progress\n' };
}

function list(): Said {
  const names = existsSync(join(folder, 'jobs')) ? readdirSync(join(folder, 'jobs')) : [];
  process.stdout.write('PID\tStatus\tLabel\n');
  for (const name of names.filter((other) => other.endsWith('.json'))) {
    const label = name.slice(0, -'.json'.length);
    const job = readJob(label);
    process.stdout.write(`${job?.pid ?? '-'}\t${job?.lastExit ?? 0}\t${label}\n`);
  }
  return { code: 0 };
}

/** launchd itself, for one job: starts it, starts it again as its file says, ends it when it is booted out. */
async function supervise(label: string): Promise<void> {
  const job = readJob(label);
  if (job === undefined) return;
  const described = describeFile(job.file);
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  const note = (changes: Partial<Job>): void => {
    const now = readJob(label);
    if (now !== undefined) writeJob(label, { ...now, ...changes });
  };
  note({ supervisor: process.pid });
  const ending = { begun: false };
  let wake = (): void => undefined;
  const look = setInterval(() => {
    if (ending.begun || !existsSync(leavingFile(label))) return;
    ending.begun = true;
    child?.kill('SIGTERM');
    timer = setTimeout(() => child?.kill('SIGKILL'), (described.ExitTimeOut ?? 20) * 1000);
    wake();
  }, 30);
  const pause = (ms: number | undefined): Promise<void> =>
    new Promise((done) => {
      wake = done;
      if (ms !== undefined) setTimeout(done, ms).unref();
      if (ending.begun) done();
    });
  if (described.RunAtLoad !== true) await pause(undefined);
  let runs = 0;
  while (!ending.begun) {
    const from = Date.now();
    process.umask(described.Umask ?? 0o022);
    const log = openSync(described.StandardErrorPath ?? '/dev/null', 'a');
    const [program = '', ...args] = described.ProgramArguments;
    const home = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', HOME: process.env['HOME'], USER: process.env['USER'] };
    const env = described.UserName === undefined ? home : { PATH: home.PATH };
    child = spawn(program, args, {
      cwd: '/',
      env: { ...env, XPC_SERVICE_NAME: label, ...described.EnvironmentVariables },
      stdio: ['ignore', log, log],
      detached: true,
    });
    runs += 1;
    note({ state: 'running', pid: child.pid, runs });
    const [code, signal] = await new Promise<[number | null, string | null]>((done) => {
      child?.once('error', () => done([78, null]));
      child?.once('exit', (...ended) => done(ended));
    });
    child = undefined;
    const isDone = code === 0 && described.KeepAlive?.SuccessfulExit === false;
    const ended = code === null ? { lastSignal: `${signal ?? ''}: 9`, lastExit: undefined } : { lastExit: code };
    note({ pid: undefined, state: isDone ? 'not running' : 'spawn scheduled', lastSignal: undefined, ...ended });
    const throttle = Number(process.env['FAKE_THROTTLE_MS'] ?? (described.ThrottleInterval ?? 10) * 1000);
    await pause(isDone ? undefined : Math.max(0, throttle - (Date.now() - from)));
  }
  clearInterval(look);
  clearTimeout(timer);
  rmSync(jobFile(label), { force: true });
  rmSync(leavingFile(label), { force: true });
}

function answer(verb: string, rest: readonly string[]): Said {
  const [first = '', second = ''] = rest;
  const said = prepared(verb);
  if (said !== undefined) return said;
  switch (verb) {
    case 'print':
      return print(first);
    case 'bootstrap':
      return bootstrap(first, second);
    case 'bootout':
      return bootout(first);
    case 'enable':
      return { code: 0 };
    case 'list':
      return list();
    default:
      return { code: 64, stderr: `Unrecognized subcommand: ${verb}\n` };
  }
}

const [verb = '', ...rest] = process.argv.slice(2);
if (verb === 'supervise') {
  await supervise(rest[0] ?? '');
  process.exit(0);
} else {
  appendFileSync(join(folder, 'calls'), `${[verb, ...rest].join(' ')}\n`);
  const { code, stderr = '' } = answer(verb, rest);
  process.stderr.write(stderr);
  process.exitCode = code;
}
