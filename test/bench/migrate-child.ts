import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { treeNames } from '../../src/sync/tree-names.js';

// Opens the catalog at argv[2] for writing, as a start of the program does, and tells what that took.
const started = performance.now();
openCatalogWriter(process.argv[2] ?? '', { names: treeNames }).close();
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    seconds: (performance.now() - started) / 1000,
    processorSeconds: (user + system) / 1e6,
    highestMiB: process.resourceUsage().maxRSS / 1024,
  }),
);
