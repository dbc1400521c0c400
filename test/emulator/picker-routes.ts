import { apiError } from './api-errors.js';
import type { Route } from './call.js';
import { SCOPES } from './oauth-state.js';

/** As much of the Picker API as shows whether it is switched on: no session exists. */
export function pickerRoutes(): Route[] {
  return [
    {
      name: 'picker.sessions.get',
      methods: ['GET'],
      path: /^\/picker\/v1\/sessions\/[^/]+$/,
      scopes: [SCOPES.picker],
      handle: () => apiError('FAILED_PRECONDITION', 'Requested entity was not found.', undefined, 404),
    },
  ];
}
