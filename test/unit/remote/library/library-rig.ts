import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createHttp } from '../../../../src/remote/http/http.js';
import { createRemoteLibrary, type RemoteLibraryDeps } from '../../../../src/remote/library/google-library.js';
import { InstantClock } from '../instant-clock.js';
import { oddServer, type Answer } from '../odd-server.js';

/** The remote library over real HTTP, against a server that answers as the test says; both are gone when the test is over. */
export async function libraryOn(test: TestContext, answer: Answer, more: Partial<RemoteLibraryDeps> = {}) {
  const server = await oddServer(test, answer);
  const http = createHttp();
  test.after(() => http.close());
  const clock = new InstantClock();
  const refused: (string | undefined)[] = [];
  const reports: string[] = [];
  let requests = 0;
  const library = createRemoteLibrary({
    baseUrl: server.root,
    token: (bad) => {
      refused.push(bad);
      return Promise.resolve(bad === undefined ? 'first-token' : 'second-token');
    },
    http,
    clock,
    random: () => 0,
    onRequest: (kind) => {
      assert.equal(kind, 'api');
      requests++;
    },
    report: (message) => reports.push(message),
    ...more,
  });
  return { library, server, clock, refused, reports, requests: () => requests };
}
