import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DocumentSnapshots } from '../../../src/filesystem/document-snapshots.js';
import { ManualClock } from '../content/manual-clock.js';

const LIFETIME_MS = 1_000;

const textOf = ({ bytes }: { readonly bytes: Uint8Array }): string => Buffer.from(bytes).toString();

function world() {
  const clock = new ManualClock();
  const state = { text: '{"items":9}' };
  const render = (): string => state.text;
  return { clock, state, snapshots: new DocumentSnapshots({ readme: render, status: render }, LIFETIME_MS, clock) };
}

describe('documents that change while programs read them', () => {
  it('a program that opened a document finds the size and the bytes of one text, however often others look at it', () => {
    const { clock, state, snapshots } = world();
    snapshots.show('status');
    const reader = snapshots.open('status');
    state.text = '{"items":10}';
    clock.set(LIFETIME_MS * 2);
    assert.equal(snapshots.show('status').bytes.length, reader.bytes.length);
    const other = snapshots.open('status');
    assert.equal(textOf(reader), '{"items":9}');
    reader.release();
    assert.equal(textOf(snapshots.show('status')), '{"items":9}', 'the other one still has it open');
    other.release();
    assert.equal(textOf(snapshots.show('status')), '{"items":10}');
  });

  it('a document that stays open does not hide news from others for more than ten seconds, and its own reader keeps the text', () => {
    const { clock, state, snapshots } = world();
    const reader = snapshots.open('status');
    state.text = '{"items":10}';
    clock.set(10_001);
    assert.equal(textOf(snapshots.show('status')), '{"items":10}');
    assert.equal(textOf(snapshots.open('status')), '{"items":10}');
    assert.equal(textOf(reader), '{"items":9}');
  });
});
