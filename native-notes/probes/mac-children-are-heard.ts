import { runMacProbe } from './support/mac-probe.js';
import { withMacMount } from './support/mac-mount.js';

await runMacProbe('on a Mac the ends of child processes are heard although libfuse resets SIGCHLD', () =>
  withMacMount(async ({ ask }) => {
    // server.ts starts a program and tells when it has ended; no answer rejects.
    const { childEnded } = await ask('run a child', 'childEnded');
    return childEnded === true ? {} : { fault: `the server says ${String(childEnded)}` };
  }),
);
