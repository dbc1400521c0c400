import { API_ERRORS, Refusal, apiError, invalidArgument } from './api-errors.js';
import type { BaseUrls } from './base-urls.js';
import type { Call, Route } from './call.js';
import type { EmulatedLibrary } from './emulated-library.js';
import { jsonBody } from './library-routes.js';
import { SCOPES } from './oauth-state.js';
import { pageSizeOf, type Pager } from './paging.js';
import { pickedItemJson, sessionJson } from './picker-shapes.js';
import { pickingPageRoutes } from './picking-page.js';
import type { PickingSession, PickingSessions } from './picking-sessions.js';
import { html, json, type Reply } from './reply.js';
import type { Switches } from './switches.js';

export interface PickerContext {
  readonly library: EmulatedLibrary;
  readonly sessions: PickingSessions;
  readonly urls: BaseUrls;
  readonly pager: Pager;
  readonly switches: Switches;
  readonly now: () => number;
}

const PICKING = { scopes: [SCOPES.picker] } as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Google's Picker API, and the page on which a person picks. */
export function pickerRoutes(context: PickerContext): Route[] {
  const { sessions, switches } = context;
  const named = ({ params }: Call): PickingSession => found(context, params['id'] ?? '');
  return [
    {
      name: 'picker.sessions.create',
      methods: ['POST'],
      path: /^\/picker\/v1\/sessions$/,
      ...PICKING,
      handle: async (call) => {
        const most = mostOf(await jsonBody(call));
        if (switches.noPhotosAccount)
          return apiError('FAILED_PRECONDITION', 'The user does not have a Google Photos account.');
        const session = sessions.create(most);
        return session === undefined
          ? apiError('RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).')
          : json(sessionJson(session, context));
      },
    },
    {
      name: 'picker.sessions.get',
      methods: ['GET'],
      path: /^\/picker\/v1\/sessions\/(?<id>[^/]+)$/,
      ...PICKING,
      handle: (call) => json(sessionJson(named(call), context)),
    },
    {
      name: 'picker.sessions.delete',
      methods: ['DELETE'],
      path: /^\/picker\/v1\/sessions\/(?<id>[^/]+)$/,
      ...PICKING,
      handle: (call) => {
        named(call).deleted = true;
        return json({});
      },
    },
    {
      // Where one would look for it, and where it is not.
      name: 'picker.sessions.mediaItems',
      methods: ['GET'],
      path: /^\/picker\/v1\/sessions\/[^/]+\/mediaItems$/,
      handle: () => html(404, 'Not Found'),
    },
    {
      name: 'picker.mediaItems.list',
      methods: ['GET'],
      path: /^\/picker\/v1\/mediaItems$/,
      ...PICKING,
      handle: (call) => listed(context, call),
    },
    ...pickingPageRoutes(context),
  ];
}

function listed(context: PickerContext, { url }: Call): Reply {
  const { pager, library, sessions, now } = context;
  const session = found(context, url.searchParams.get('sessionId') ?? '');
  const { picked } = session;
  if (picked === undefined)
    return apiError('FAILED_PRECONDITION', 'The user has not finished picking.', [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'PENDING_USER_ACTION',
        domain: 'photos.googleapis.com',
      },
    ]);
  const pageToken = url.searchParams.get('pageToken') ?? undefined;
  if (pageToken !== undefined && now() < sessions.tokensFrom) throw new Refusal(API_ERRORS['bad-page-token']());
  session.lists += 1;
  const query = { pageSize: pageSizeOf(url.searchParams.get('pageSize'), 50, 100), pageToken };
  const page = pager.page({ session: session.id }, query, (from: number | undefined, limit) => {
    const start = from ?? 0;
    const end = start + limit;
    return { items: picked.slice(start, end), next: end < picked.length ? end : undefined, again: end - 1 };
  });
  const items = page.items.flatMap((number) => {
    const item = library.itemAt(number);
    return item === undefined ? [] : pickedItemJson(item, session, context);
  });
  return json({
    ...(items.length === 0 ? {} : { mediaItems: items }),
    ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
  });
}

function found({ sessions }: PickerContext, id: string): PickingSession {
  if (!UUID.test(id))
    throw new Refusal(
      apiError('INVALID_ARGUMENT', 'Request contains an invalid argument.', [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'REQUEST_INVALID',
          domain: 'photos.googleapis.com',
        },
      ]),
    );
  const session = sessions.find(id);
  if (session === undefined) throw new Refusal(apiError('NOT_FOUND', 'Requested entity was not found.'));
  return session;
}

function mostOf(body: Readonly<Record<string, unknown>>): number {
  const config = body['pickingConfig'] as Readonly<Record<string, unknown>> | undefined;
  const most = Number(config?.['maxItemCount'] ?? 2000);
  if (!Number.isInteger(most) || most < 1 || most > 2000)
    throw invalidArgument('Request contains an invalid argument.');
  return most;
}
