import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';

const DISPATCHER = new URL('../../../../src/remote/http/dispatcher.js', import.meta.url).href;

/** Prints what a process has loaded that imports connections alone. */
const SCRIPT = `
  import { createRequire } from 'node:module';
  await import(${JSON.stringify(DISPATCHER)});
  const packages = Object.keys(createRequire(${JSON.stringify(DISPATCHER)}).cache);
  console.log(JSON.stringify([...packages, ...process.moduleLoadList]));
`;

describe('libraries that are loaded in parts', () => {
  it("a thread that asks Google loads the connections of undici, not its fetch or Node's own copy", () => {
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', SCRIPT], { encoding: 'utf8' });
    const loaded = JSON.parse(output) as string[];
    assert.ok(loaded.some((name) => name.endsWith('undici/lib/dispatcher/agent.js')));
    const needless = loaded.filter((name) =>
      /undici\/index\.js$|undici\/lib\/(?:web\/fetch|mock)|deps\/undici/.test(name),
    );
    assert.deepEqual(needless, []);
  });
});
