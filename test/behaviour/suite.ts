import { attributeCases } from './attribute-cases.js';
import { changeCases } from './change-cases.js';
import { nameCases } from './name-cases.js';
import { readingCases } from './reading-cases.js';
import { treeCases } from './tree-cases.js';
import type { World } from './world.js';

/** Every behaviour case, for one world. */
export function behaviourSuite(world: World): void {
  treeCases(world);
  nameCases(world);
  attributeCases(world);
  readingCases(world);
  changeCases(world);
}
