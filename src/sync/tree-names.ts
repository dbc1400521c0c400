import type { NamePolicy } from '../catalog/name-policy.js';
import { chooseName, chooseTitle, nameKey } from '../tree/choose-name.js';
import { cleanCameraName, cleanFileName, cleanPersonName, cleanTitle } from '../tree/clean-name.js';
import { albumPath } from '../tree/nested-albums.js';

/** Names as the tree shows them, given when an item, album, person or camera first enters the catalog. */
export const treeNames: NamePolicy = {
  key: nameKey,
  itemName: (filename, mimeType, id, isTaken) => chooseName(cleanFileName(filename, mimeType), id, isTaken),
  entryName: (name, seed, isTaken) => chooseName(name, seed, (_key, spelt) => isTaken(spelt)),
  albumName: (title, id, isTaken) => chooseTitle(cleanTitle(title), id, isTaken),
  albumPath,
  personName: (title, isTaken) => chooseTitle(cleanPersonName(title), title, isTaken),
  cameraName: (make, model, isTaken) => chooseTitle(cleanCameraName(make, model), `${make}\0${model}`, isTaken),
};
