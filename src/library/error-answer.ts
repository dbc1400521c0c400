import type { RemoteErrorKind } from './remote-error.js';

/**
 * What a program that reads is answered when a request to Google fails. `EAGAIN`: a later try is worth it. `EIO`: the bytes cannot
 * be had. Every kind has its entry, so that a new kind gets an answer on purpose.
 */
export const ERRNO_OF: Readonly<Record<RemoteErrorKind, 'EIO' | 'EAGAIN'>> = {
  unauthenticated: 'EIO',
  'signed-out': 'EIO',
  forbidden: 'EIO',
  'not-found': 'EIO',
  invalid: 'EIO',
  'bad-page-token': 'EIO',
  'rate-limited': 'EAGAIN',
  'quota-exhausted': 'EIO',
  server: 'EIO',
  offline: 'EIO',
  protocol: 'EIO',
  'not-ready': 'EAGAIN',
  'failed-video': 'EIO',
  aborted: 'EIO',
};
