import type { MessagePort } from 'node:worker_threads';
import { openCatalogWriter, type CatalogWriter } from '../catalog/catalog-writer.js';
import { calendarOf } from '../library/calendar.js';
import { systemClock as clock } from '../support/clock.js';
import { giveMemoryBackAtRest } from '../support/memory-at-rest.js';
import { nextQuotaReset, quotaDay } from '../support/quota-day.js';
import { ExitCode } from '../support/user-error.js';
import { Budget } from '../sync/budget.js';
import { treeNames } from '../sync/tree-names.js';
import { blameTask, HostedTask } from './hosted-task.js';
import type { FromWriter, ToWriter } from './messages.js';
import type { WriterData } from './writer-data.js';
import { plainFault, plainUserError } from './plain-errors.js';
import { PortTokens } from './port-tokens.js';
import type { TaskContext, TaskList, TaskName } from './task.js';
import { forEachTask } from './tasks.js';

type HostedTasks = Readonly<Record<TaskName, Pick<HostedTask<TaskName>, 'start' | 'rest' | 'stop'> & Takes>>;
/** Which messages a task takes is known where it is told. */
interface Takes {
  take(message: never): void;
}

/** Opens the catalog for writing and serves the port until a `stop` message: the whole life of the writer thread. */
export function hostTasks(port: MessagePort, data: WriterData, list: TaskList): void {
  const post = (message: FromWriter): void => port.postMessage(message);
  const die = (error: unknown): void => {
    post({ type: 'fault', fault: plainFault(error) });
    process.exit(ExitCode.internal);
  };
  process.on('uncaughtException', (error) => {
    if (!blameTask(error)) die(error);
  });
  try {
    const catalog = openCatalogWriter(data.catalogFile, { names: treeNames, calendar: calendarOf(data.timeZone) });
    const tokens = new PortTokens(clock, (id, refused) => post({ type: 'token-request', id, refused }));
    // A reload changes it in place: tasks look at it each time.
    const settings = { ...data.settings };
    const context = contextOf({ catalog, data, settings, tokens, post });
    const tasks = hostedTasks(list, { context, post, onStuck: die });
    serve({ port, post, tasks, tokens, settings, catalog, budget: context.budget });
    post({ type: 'ready' });
  } catch (error) {
    post({ type: 'failed', error: plainUserError(error, ExitCode.internal, 'Syncing could not start') });
    port.close();
  }
}

interface Parts {
  readonly port: MessagePort;
  readonly post: (message: FromWriter) => void;
  readonly tasks: HostedTasks;
  readonly tokens: PortTokens;
  readonly settings: WriterData['settings'];
  readonly catalog: CatalogWriter;
  readonly budget: Budget;
}

function contextOf({
  catalog,
  data,
  settings,
  tokens,
  post,
}: Pick<Parts, 'catalog' | 'settings' | 'tokens' | 'post'> & { readonly data: WriterData }): TaskContext {
  const budget = new Budget({
    catalog,
    calendar: { day: quotaDay, nextReset: nextQuotaReset },
    now: () => clock.now(),
    get reserve() {
      return settings.reserve;
    },
  });
  const log: TaskContext['log'] = (level, message) => post({ type: 'log', level, message });
  return { catalog, budget, data, settings, token: tokens.source, clock, log };
}

function hostedTasks(
  list: TaskList,
  shared: { context: TaskContext; post: Parts['post']; onStuck: (reason: unknown) => void },
): HostedTasks {
  const host = <Name extends TaskName>(name: Name): HostedTask<Name> =>
    new HostedTask<Name>({ name, row: list[name], ...shared });
  return forEachTask((name) => host(name));
}

function serve({ port, post, tasks, tokens, settings, catalog, budget }: Parts): void {
  const all = Object.values(tasks);
  const endMemoryWatch = giveMemoryBackAtRest(() => {
    catalog.freeMemory();
    for (const task of all) task.rest();
  });
  const stop = async (): Promise<void> => {
    endMemoryWatch();
    await Promise.all(all.map((task) => task.stop()));
    try {
      budget.flush();
    } finally {
      catalog.close();
      port.close();
    }
  };
  port.on('message', (message: ToWriter) => {
    switch (message.type) {
      case 'start':
        tasks[message.task].start();
        break;
      case 'tell':
        tasks[message.task].take(message.message as never);
        break;
      case 'token':
        tokens.arrived(message.id, message.token);
        break;
      case 'token-failed':
        tokens.failed(message.id, message.error);
        break;
      case 'configure':
        Object.assign(settings, message.settings);
        break;
      case 'ask-alive':
        post({ type: 'alive' });
        break;
      case 'stop':
        void stop();
    }
  });
}
