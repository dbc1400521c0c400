import { runDaemon } from '../../src/daemon/run-daemon.js';
import type { DaemonConfig } from '../../src/daemon/daemon-config.js';
import { sourceNamed, type SourceName } from '../../src/library/source.js';
import { Hangups } from '../../src/support/hangups.js';
import { UserError } from '../../src/support/user-error.js';

/** A daemon in the foreground for a profile with other sources than today's; its argument is a {@link SourcesOrder}. */
export interface SourcesOrder {
  readonly config: DaemonConfig;
  readonly sources: readonly SourceName[];
}

const { config, sources } = JSON.parse(process.argv[2] ?? '') as SourcesOrder;
try {
  const code = await runDaemon(config, {
    sources: sources.map(sourceNamed),
    hangups: new Hangups(process),
    reread: (current) => current,
    onReady: () => process.stderr.write(`mounted at ${config.mountpoint}\n`),
    writeLog: (line) => process.stderr.write(line),
  });
  process.exit(code);
} catch (error) {
  process.stderr.write(`${String(error)}\n`);
  process.exit(error instanceof UserError ? error.exitCode : 1);
}
