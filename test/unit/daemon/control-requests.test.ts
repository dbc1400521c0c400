import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ControlParts } from '../../../src/daemon/control-protocol.js';
import { answerRequest, parseRequest } from '../../../src/daemon/control-requests.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

const UNDERSTOOD: readonly (readonly [line: string, request: object])[] = [
  ['{"command":"status"}', { command: 'status' }],
  ['{"command":"status","lazy":true}', { command: 'status' }],
  ['{"command":"reload-sign-in"}', { command: 'reload-sign-in' }],
  ['{"command":"unmount"}', { command: 'unmount', lazy: false }],
  ['{"command":"unmount","lazy":true}', { command: 'unmount', lazy: true }],
  ['{"command":"unmount","lazy":"yes"}', { command: 'unmount', lazy: false }],
  ['{"command":"sync","full":1}', { command: 'sync', full: false, acceptRemovals: false, wait: false }],
  [
    '{"command":"sync","full":true,"acceptRemovals":true,"wait":true}',
    { command: 'sync', full: true, acceptRemovals: true, wait: true },
  ],
  ['{"command":"cache","action":"stats"}', { command: 'cache', action: 'stats' }],
  ['{"command":"cache","action":"clear","path":7}', { command: 'cache', action: 'clear' }],
  ['{"command":"cache","action":"pin","path":"/album/Rome"}', { command: 'cache', action: 'pin', path: '/album/Rome' }],
];

const NOT_UNDERSTOOD: readonly string[] = [
  'hello',
  'null',
  '7',
  '[{"command":"status"}]',
  '{}',
  '{"command":7}',
  '{"command":"explode"}',
  '{"command":"toString"}',
  '{"command":"__proto__"}',
  '{"command":["status"]}',
  '{"command":"cache"}',
  '{"command":"cache","action":"pni","path":"/x"}',
  '{"command":"cache","action":"pin"}',
  '{"command":"cache","action":"warm","path":null}',
];

const BUSY = new UserError(ExitCode.busy, 'The mount is only starting.', 'Try again in a moment.');

describe('requests to the control socket', () => {
  for (const [line, request] of UNDERSTOOD)
    it(`the request ${line} is understood, without what does not belong to it`, () => {
      assert.deepEqual(parseRequest(line), request);
    });

  for (const line of NOT_UNDERSTOOD)
    it(`the line ${line} is no request`, () => {
      assert.equal(parseRequest(line), undefined);
    });

  it('requests while the mount is only starting are refused as busy, but for status and the reload of the sign-in', async () => {
    const status = { state: 'starting' } as unknown as ReturnType<ControlParts['status']>;
    const starting: ControlParts = {
      status: () => status,
      library: () => {
        throw BUSY;
      },
      unmount: () => Promise.reject(BUSY),
    };
    const tell = (): boolean => true;
    for (const line of ['{"command":"sync"}', '{"command":"cache","action":"stats"}', '{"command":"unmount"}'])
      await assert.rejects(answerRequest(parseRequest(line) ?? assert.fail(line), starting, tell), BUSY, line);
    for (const command of ['status', 'reload-sign-in'] as const)
      assert.deepEqual(await answerRequest({ command }, starting, tell), { ok: true, status });
  });
});
