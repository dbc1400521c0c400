import { runMacProbe } from './support/mac-probe.js';
import { entryOf, withMacMount } from './support/mac-mount.js';

await runMacProbe('on a Mac a mount is in the table of mount(8) within 15 seconds after the kernel began to ask', () =>
  withMacMount(async ({ path }) => {
    const { entry, ms } = await entryOf(path);
    return entry === undefined
      ? { fault: `no line after ${ms} ms` }
      : { measured: `${ms} ms; the line has source ${entry.source} and type ${entry.type}` };
  }),
);
