import { API_ERRORS, Refusal, apiError, invalidArgument } from './api-errors.js';
import type { EmulatedAlbum } from './album-shelf.js';
import type { Call, Route } from './call.js';
import { albumJson, mediaItemJson } from './json-shapes.js';
import { jsonBody, unknownId, type LibraryContext } from './library-routes.js';
import { SCOPES } from './oauth-state.js';
import { json } from './reply.js';

const LONGEST_TITLE = 500;
const LONGEST_DESCRIPTION = 1000;

function write(...scopes: string[]): Pick<Route, 'scopes' | 'quota' | 'write'> {
  return { scopes, quota: 'api', write: true };
}

/** The names in `updateMask`, camelCase; a request without any is wrong. */
function updateMask(call: Call, known: readonly string[]): string[] {
  const names = (call.url.searchParams.get('updateMask') ?? '')
    .split(',')
    .filter((name) => name !== '')
    .map((name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  if (names.length === 0 || names.some((name) => !known.includes(name))) throw invalidArgument('Invalid update mask.');
  return names;
}

function text(value: unknown, name: string, longest: number): string {
  if (value === undefined) return '';
  if (typeof value !== 'string' || value.length > longest) throw invalidArgument(`Invalid value at '${name}'.`);
  return value;
}

/** Changing descriptions, albums and who is in them. Media items can be neither deleted nor renamed: there is no method. */
export function writeRoutes({ library, urls, switches }: LibraryContext): Route[] {
  const album = (call: Call): EmulatedAlbum => {
    const found = library.findAlbum(call.params['id'] ?? '');
    if (found === undefined) throw new Refusal(unknownId(switches, 'album'));
    if (!found.isWriteable) throw new Refusal(API_ERRORS['not-yours']());
    return found;
  };
  const shown = (found: EmulatedAlbum) => json(albumJson(found, urls, (number) => library.idOf(number)));

  const itemIds = async (call: Call): Promise<string[]> => {
    const ids = (await jsonBody(call))['mediaItemIds'];
    if (!Array.isArray(ids) || ids.length === 0)
      throw invalidArgument('Request must contain at least one media item id.');
    if (ids.length > 50) throw invalidArgument('Request must have less than 50 items.');
    if (new Set(ids).size !== ids.length) throw invalidArgument('Request must not contain duplicated ids');
    return ids.map((id: unknown) => {
      if (typeof id !== 'string' || library.find(id) === undefined)
        throw invalidArgument('Request contains an invalid media item id.');
      return id;
    });
  };

  return [
    {
      name: 'mediaItems.patch',
      methods: ['PATCH'],
      path: /^\/v1\/mediaItems\/(?<id>[^/:]+)$/,
      ...write(SCOPES.edit),
      mediaId: ({ params }) => params['id'],
      handle: async (call) => {
        updateMask(call, ['description']);
        const item = library.find(call.params['id'] ?? '');
        if (item === undefined) return unknownId(switches, 'media item');
        const description = text((await jsonBody(call))['description'], 'description', LONGEST_DESCRIPTION - 1);
        return json(mediaItemJson(library.update(item.id, { description }), urls));
      },
    },
    {
      name: 'albums.create',
      methods: ['POST'],
      path: /^\/v1\/albums$/,
      ...write(SCOPES.append, SCOPES.edit),
      handle: async (call) => {
        const wanted = (await jsonBody(call))['album'];
        if (typeof wanted !== 'object' || wanted === null) throw invalidArgument('Request must contain an album.');
        return shown(library.createAlbum(text((wanted as { title?: unknown }).title, 'album.title', LONGEST_TITLE)));
      },
    },
    {
      name: 'albums.patch',
      methods: ['PATCH'],
      path: /^\/v1\/albums\/(?<id>[^/:]+)$/,
      ...write(SCOPES.edit),
      handle: async (call) => {
        const mask = updateMask(call, ['title', 'coverPhotoMediaItemId']);
        const { id, members } = album(call);
        const body = await jsonBody(call);
        const title = mask.includes('title') ? { title: text(body['title'], 'title', LONGEST_TITLE) } : {};
        if (!mask.includes('coverPhotoMediaItemId')) return shown(library.updateAlbum(id, title));
        const coverItemId = text(body['coverPhotoMediaItemId'], 'coverPhotoMediaItemId', 1000);
        const cover = library.find(coverItemId);
        if (cover === undefined || !members.includes(cover.number))
          return apiError('INVALID_ARGUMENT', 'Invalid media item ID.');
        return shown(library.updateAlbum(id, { ...title, coverItemId }));
      },
    },
    {
      name: 'albums.batchAddMediaItems',
      methods: ['POST'],
      path: /^\/v1\/albums\/(?<id>[^/:]+):batchAddMediaItems$/,
      ...write(SCOPES.append, SCOPES.edit),
      handle: async (call) => {
        const { id, members } = album(call);
        const ids = await itemIds(call);
        const fresh = ids.filter((itemId) => !members.includes(library.item(itemId).number));
        if (members.length + fresh.length > switches.albumCapacity)
          return apiError('INVALID_ARGUMENT', 'The album is full.');
        library.addToAlbum(id, fresh);
        return json({});
      },
    },
    {
      name: 'albums.batchRemoveMediaItems',
      methods: ['POST'],
      path: /^\/v1\/albums\/(?<id>[^/:]+):batchRemoveMediaItems$/,
      ...write(SCOPES.edit),
      handle: async (call) => {
        const { id, members } = album(call);
        const ids = await itemIds(call);
        const strangers = ids.some((itemId) => !members.includes(library.item(itemId).number));
        if (strangers) return apiError('INVALID_ARGUMENT', 'Request contains an invalid media item id.');
        library.removeFromAlbum(id, ids);
        return json({});
      },
    },
  ];
}
