import { runProbe } from './run-probe.js';

/** What a look on a Mac found: a fault, or a measured value that is worth reporting. */
export interface MacFinding {
  readonly fault?: string;
  readonly measured?: string;
}

/** As {@link runProbe}, for facts that only a Mac can show; elsewhere it says SKIPPED. */
export async function runMacProbe(fact: string, look: () => Promise<MacFinding>): Promise<void> {
  if (process.platform !== 'darwin') {
    console.log(`SKIPPED ${fact}: needs a Mac`);
    return;
  }
  const measured: string[] = [];
  await runProbe(fact, async () => {
    const finding = await look();
    if (finding.measured !== undefined) measured.push(finding.measured);
    return finding.fault;
  });
  // On the standard error output, which the runner shows as it is.
  for (const value of measured) console.error(`  measured: ${value}`);
}
