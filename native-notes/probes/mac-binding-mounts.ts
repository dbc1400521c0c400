import { runMacProbe } from './support/mac-probe.js';
import { withMacMount } from './support/mac-mount.js';
import { run } from './support/with-server.js';

await runMacProbe('on a Mac the binding mounts with the library that was loaded before it, and files are read', () =>
  withMacMount(async ({ path }) => {
    const { code, output } = await run('/usr/bin/head', '-c', '10', `${path}/a`);
    return code === 0 ? {} : { fault: `head ended with ${code}: ${output}` };
  }),
);
