import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { learnSuffixes } from '../../../src/takeout/matching/learn-suffixes.js';
import { matchFolder } from '../../../src/takeout/matching/match-folder.js';
import { SEED, SEED_NOTE, share } from '../../support/chance.js';
import { chance, EDITED_WORDS, makeFolder } from './made-folder.js';
import type { MadeFolder } from './made-folder.js';

/** What the matcher says that is not so, a line each. */
function mistakes({ folder, truth }: MadeFolder, learnt: readonly string[]): string[] {
  const { media, orphans } = matchFolder(folder, learnt);
  const wrong: string[] = [];
  for (const [name, wanted] of truth) {
    const match = media.get(name);
    if (match?.isAmbiguous === true && wanted.isUndecidable) continue;
    const found = { sidecar: match?.sidecar, role: match?.role, of: match?.of };
    const right = { sidecar: wanted.sidecar, role: wanted.role, of: wanted.of };
    if (JSON.stringify(found) !== JSON.stringify(right)) {
      wrong.push(
        `${name}: ${JSON.stringify(found)}${match?.isAmbiguous ? ' ambiguous' : ''}, not ${JSON.stringify(right)}`,
      );
    }
  }
  const isAnyUndecidable = [...truth.values()].some(({ isUndecidable }) => isUndecidable);
  if (orphans.length > 0 && !isAnyUndecidable) wrong.push(`orphans ${orphans.join()}`);
  return wrong;
}

describe('random Takeout folders', () => {
  for (const style of ['old', 'new', 'uncut'] as const) {
    it(`in the ${style} style each file gets its own sidecar, original and still (${SEED_NOTE})`, () => {
      for (let round = 0; round < share(200); round++) {
        const random = chance(SEED + round);
        const word = EDITED_WORDS[random(EDITED_WORDS.length)] ?? '-edited';
        const folders = Array.from({ length: 3 }, () => makeFolder(random, style, word, 60));
        const learnt = learnSuffixes(folders.map(({ folder }) => folder));
        assert.deepEqual(
          folders.flatMap((folder) => mistakes(folder, learnt)),
          [],
          `round ${round}`,
        );
      }
    });
  }

  it('without titles no file gets the sidecar of another one', () => {
    for (let round = 0; round < share(100); round++) {
      const { folder, truth } = makeFolder(chance(SEED + round), 'new', '-edited', 60);
      const untitled = { ...folder, sidecars: folder.sidecars.map(({ name }) => ({ name })) };
      const { media } = matchFolder(untitled);
      // Names alike in 46 units are told apart by titles only.
      const isTold = (name: string) => !/^(?:Long|Alike|\p{Emoji_Presentation})/u.test(name);
      const wrong = [...truth].filter(([name, { sidecar }]) => {
        const found = media.get(name)?.sidecar;
        return found !== undefined && found !== sidecar && isTold(name);
      });
      assert.deepEqual(wrong, [], `round ${round}`);
    }
  });

  it('with half of the sidecars in a part that is missing, no file gets the sidecar of another title', () => {
    for (let round = 0; round < share(100); round++) {
      const random = chance(SEED + round);
      const { folder, truth } = makeFolder(random, 'new', '-edited', 60);
      const sidecars = folder.sidecars.filter(() => random(2) === 0);
      const titles = new Map(folder.sidecars.map(({ name, title }) => [name, title]));
      const whole = matchFolder(folder).media;
      for (const [name, { sidecar, role }] of matchFolder({ ...folder, sidecars }).media) {
        const right = whole.get(name)?.sidecar;
        if (sidecar === undefined || right === undefined) continue;
        // Two files of one cut name and a single sidecar are taken for an original and its edited version, and a video without a
        // sidecar beside a still for its moving part.
        if (truth.get(name)?.sharesName === true || role === 'moving') continue;
        assert.equal(titles.get(sidecar), titles.get(right), `round ${round}: ${name}`);
      }
    }
  });
});
