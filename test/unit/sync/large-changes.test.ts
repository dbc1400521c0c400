import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROWS_A_TRANSACTION } from '../../../src/catalog/transaction-size.js';
import { album } from '../catalog/catalog-fixture.js';
import { withEngine, type EngineFixture } from './engine-fixture.js';
import { libraryOf, type FakeLibrary } from './fake-library.js';

const MANY = ROWS_A_TRANSACTION + 150;

function manyItems(): FakeLibrary {
  const library = libraryOf(MANY);
  library.pageSize = 100;
  library.albums = [album('A', 'Rome', MANY), album('B', 'Oslo', MANY - 100)];
  library.members.set(
    'A',
    [...library.items].reverse().map(({ id }) => id),
  );
  library.members.set(
    'B',
    [...library.items].slice(100).map(({ id }) => id),
  );
  return library;
}

/**
 * As if the program were killed again and again: each life ends after `steps` further transactions in a phase of the pass. Resolves with
 * the number of lives once the engine rests without having been killed.
 */
async function killedOften(
  fixture: EngineFixture,
  steps: number,
  isPhase: (fixture: EngineFixture) => boolean,
): Promise<number> {
  for (let lives = 1; ; lives += 1) {
    let left = steps;
    const { catalog } = fixture;
    const transaction = catalog.transaction.bind(catalog);
    catalog.transaction = (work) => {
      if (left <= 0) throw new Error('killed');
      if (isPhase(fixture)) left -= 1;
      return transaction(work);
    };
    await fixture.rested();
    if (left > 0) return lives;
    await fixture.restart();
  }
}

const members = ({ view }: EngineFixture, name: string): string[] => {
  const rowId = view.albumByName(name)?.rowId ?? -1;
  return view.listItems({ by: 'album', albumRowId: rowId }).map((item) => item.name);
};

describe('a change of many rows', () => {
  it('a large removal is completed although the program is killed after every second step', async () => {
    const library = manyItems();
    await withEngine(library, async (fixture) => {
      await fixture.rested();
      library.items.splice(50, MANY - 150);
      library.albums.splice(1, 1);
      const kept = new Set<string>(library.items.map(({ id }) => id));
      library.members.set(
        'A',
        (library.members.get('A') ?? []).filter((id) => kept.has(id)),
      );
      await fixture.syncNow(true);
      assert.equal(fixture.names().length, MANY, 'so much is held back at first');
      assert.equal(fixture.engine.acceptRemovals(), true);
      void fixture.engine.syncNow({ full: true });
      const isSweeping = ({ engine, catalog }: EngineFixture): boolean =>
        engine.phase === 'full-pass' && catalog.state.get('pass.at/verdict') !== undefined;
      const lives = await killedOften(fixture, 2, isSweeping);
      assert.ok(lives > 5, `${lives} lives`);
      assert.equal(fixture.names().length, 150);
      assert.equal(fixture.view.albumByName('Oslo'), undefined);
      assert.deepEqual(fixture.catalog.albums.goneWithMembers(), []);
      assert.equal(fixture.view.listItems({ by: 'not-in-album' }).length, 0);
      assert.equal(members(fixture, 'Rome').length, 150);
      assert.equal(fixture.catalog.state.get('removals.accepted'), undefined);
    });
  });

  it('a first sync fills albums and flags archived items although the program is killed repeatedly', async () => {
    const library = manyItems();
    for (const { id } of library.items.slice(0, ROWS_A_TRANSACTION + 50)) library.archived.add(id);
    await withEngine(library, async (fixture) => {
      // Pages of items go by: albums and the flags of the archive are what takes several transactions.
      const isLate = ({ engine, catalog }: EngineFixture): boolean =>
        engine.phase === 'first-sync' && catalog.state.openParts().every(({ part }) => !/archived|items/.test(part));
      const lives = await killedOften(fixture, 3, isLate);
      await fixture.syncNow(true);
      assert.ok(lives > 1, `${lives} lives`);
      assert.equal(fixture.names().length, MANY - ROWS_A_TRANSACTION - 50);
      assert.equal(members(fixture, 'Oslo').length, MANY - 100);
      assert.equal(fixture.view.listItems({ by: 'not-in-album' }).length, 0);
    });
  });

  it('a large album shows no fewer members while it is reordered, and other work runs in between', async () => {
    const library = manyItems();
    await withEngine(library, async (fixture) => {
      await fixture.rested();
      const { catalog } = fixture;
      const before = catalog.albums.members(fixture.view.albumByName('Rome')?.rowId ?? 0);
      library.members.get('A')?.reverse();
      library.albums = [album('A', 'Rome', MANY + 1), ...library.albums.slice(1)];
      const seen: number[] = [];
      let turns = 0;
      const timer = setInterval(() => (turns += 1), 0);
      const transaction = catalog.transaction.bind(catalog);
      catalog.transaction = (work) => {
        const result = transaction(work);
        seen.push(members(fixture, 'Rome').length, turns);
        return result;
      };
      await fixture.syncNow(false);
      clearInterval(timer);
      catalog.transaction = transaction;
      assert.ok(seen.filter((_, index) => index % 2 === 0).every((count) => count === MANY));
      assert.ok(new Set(seen.filter((_, index) => index % 2 === 1)).size > 1);
      const after = catalog.albums.members(fixture.view.albumByName('Rome')?.rowId ?? 0);
      assert.deepEqual(after, [...before].reverse());
    });
  });
});
