import { createHash } from 'node:crypto';

/**
 * The low three bits of an inode: what the other 29 bits number. Changing a value changes inodes after an upgrade, and
 * backup tools then read everything again. Reserved is 7 for rows of the ledger: what is made in the mount has its inode
 * before it has a row in the catalog, and keeps it (`media_items.inode`).
 */
const TAG = { shape: 0, date: 1, item: 2, album: 3, camera: 4, albumParent: 5, person: 6 } as const;

const SHAPES = 32;
const NUMBERS = 2 ** 29;

/** Inode of an item, whatever the folder it is seen in: 32 bits, from its catalog row (below 2^29). */
export function itemInode(rowId: number): number {
  return tagged(rowId, TAG.item);
}

export function albumInode(rowId: number): number {
  return tagged(rowId, TAG.album);
}

export function cameraInode(rowId: number): number {
  return tagged(rowId, TAG.camera);
}

export function personInode(rowId: number): number {
  return tagged(rowId, TAG.person);
}

/**
 * Inode of a fixed folder or document, from the id of its row in the table of path shapes (below 32). The root, row 0,
 * has inode 1, because programs skip entries with inode 0. Only a date folder of row 0 could have inode 1 too, and
 * there is none.
 */
export function shapeInode(shapeId: number): number {
  return shapeId === 0 ? 1 : tagged(shapeId, TAG.shape);
}

/** Inode of a date folder: the same date is another folder in another view, so the shape counts. */
export function dateInode(shapeId: number, year: number, month: number, day: number): number {
  return tagged(((year * 13 + month) * 32 + day) * SHAPES + shapeId, TAG.date);
}

/** Inode of a folder that only holds albums. It has no row, so its path is hashed. */
export function albumParentInode(path: string): number {
  return tagged(createHash('sha256').update(path).digest().readUInt32BE(0), TAG.albumParent);
}

/** Multiplies instead of shifting, because JavaScript shifts are signed. */
function tagged(number: number, tag: number): number {
  return (number % NUMBERS) * 8 + tag;
}
