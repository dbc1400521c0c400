import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MediaId } from '../../../src/library/media-item.js';
import { pickedFile } from '../../../src/picker/picked-store.js';
import { pickedIdOf } from '../../emulator/picker-shapes.js';
import type { PickRig } from './pick-rig.js';

/** A session of up to 2,000 items, without an album. */
export const ONE = { most: 2000, album: null };
export const idOf = (number: number): MediaId => `picked:${pickedIdOf(number)}` as MediaId;
export const store = ({ folder }: PickRig): string => join(folder, 'picked');

/** Begins a session, in which a person picks these. */
export async function pick(rig: PickRig, numbers: readonly number[]): Promise<string> {
  const { id } = await rig.keeper.create(ONE);
  rig.emulator.picking.done(id, numbers);
  return id;
}

export async function assertStored(rig: PickRig, numbers: readonly number[]): Promise<void> {
  const { ledger, emulator } = rig;
  for (const number of numbers) {
    const wanted = await emulator.library.bytesOf(emulator.library.idOf(number));
    const bytes = readFileSync(pickedFile(store(rig), idOf(number)));
    assert.ok(bytes.equals(wanted), `item ${number}`);
    const row = ledger.picks.storedFile(idOf(number));
    assert.equal(row?.sha256, createHash('sha256').update(wanted).digest('hex'));
    assert.equal(row.size, wanted.length);
  }
}

export function filesIn(rig: PickRig): string[] {
  return readdirSync(store(rig), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
}
