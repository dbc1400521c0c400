import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { QuotaCounts } from '../catalog/quota-counters.js';
import type { MeasuredSize } from '../catalog/size-store.js';

/** What the main thread learnt and the catalog must get. */
export type Report =
  | { readonly type: 'sizes'; readonly sizes: readonly MeasuredSize[] }
  /** Requests made on a quota day. */
  | { readonly type: 'counts'; readonly day: string; readonly counts: QuotaCounts };

/** A report with its place in the order of one mount. */
export interface NumberedReport {
  /** From 1. */
  readonly number: number;
  readonly report: Report;
}

/** How each kind of report is written; within a transaction. */
const WRITE: { readonly [Type in Report['type']]: (catalog: CatalogWriter, report: Report & { type: Type }) => void } =
  {
    sizes: (catalog, { sizes }) => catalog.sizes.put(sizes),
    counts: (catalog, { day, counts }) => catalog.quota.add(day, counts),
  };

/** Key of `state`: the mount whose reports were written last, and the number of the last one. */
const WRITTEN = 'reports.written';

/**
 * Writes the report in one transaction with its number, so that one that is sent again is not written twice. `mount`
 * names the sender: the next mount numbers from 1 again.
 */
export function writeReport(catalog: CatalogWriter, mount: string, { number, report }: NumberedReport): void {
  catalog.transaction(() => {
    const [lastMount, last] = (catalog.state.get(WRITTEN) ?? '').split(' ');
    if (lastMount === mount && number <= Number(last)) return;
    write(catalog, report);
    catalog.state.set(WRITTEN, `${mount} ${number}`);
  });
}

function write(catalog: CatalogWriter, report: Report): void {
  const writeIt: (catalog: CatalogWriter, report: never) => void = WRITE[report.type];
  writeIt(catalog, report as never);
}
