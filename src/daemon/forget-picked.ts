import type { CatalogView, PickedView } from '../catalog/records.js';
import type { MediaId } from '../library/media-item.js';
import { sourceNamed } from '../library/source.js';
import type { PickKeeper } from '../picker/pick-keeper.js';
import { ItemGroups } from '../pins/item-groups.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { PickTarget } from './pick-requests.js';

export interface ForgetParts {
  readonly keeper: Pick<PickKeeper, 'forget' | 'knows'>;
  readonly catalog: CatalogView & PickedView;
  readonly root: string;
  readonly nestedAlbums: boolean;
}

const { prefix } = sourceNamed('picker');

/** Removes what was picked. Resolves to the number of items. UserError where the target names nothing that was. */
export async function forgetPicked(target: PickTarget, { keeper, ...view }: ForgetParts): Promise<number> {
  if ('path' in target) return keeper.forget({ items: picksAt(target.path, view) });
  return forgetById(target, keeper);
}

/** As {@link forgetPicked}, without a mount, where no path leads to anything. */
export async function forgetById(
  target: Exclude<PickTarget, { readonly path: string }>,
  keeper: ForgetParts['keeper'],
): Promise<number> {
  if ('session' in target) return keeper.forget(target);
  const text = target.item;
  const id = (text.startsWith(prefix) ? text : `${prefix}${text}`) as MediaId;
  if (!keeper.knows(id))
    throw new UserError(
      ExitCode.usage,
      `${text} is neither a file of a mount nor the id of a picked item.`,
      'Give the path of the file in the mount, or: gphotos-mount pick forget --session ID',
    );
  return keeper.forget({ items: [id] });
}

function picksAt(path: string, { catalog, root, nestedAlbums }: Omit<ForgetParts, 'keeper'>): MediaId[] {
  const group = new ItemGroups({ catalog, root, nestedAlbums }).find(path);
  if (group?.kind === 'folder')
    throw new UserError(
      ExitCode.usage,
      `${path} is a folder.`,
      'Give a file, or all of a session: gphotos-mount pick forget --session ID',
    );
  const copies = group === undefined ? [] : catalog.pickedCopies(group.mediaId);
  if (copies.length > 0) return copies;
  throw new UserError(
    ExitCode.usage,
    group === undefined ? `The mount has no file ${path}.` : `${path} was not picked.`,
    'The attribute user.gphotos.source of a file says where it comes from.',
  );
}
