import { createRequire } from 'node:module';
import type * as Undici from 'undici';

/*
 * Of undici only connections are used. Its index also loads fetch, WebSocket and caches, and with them Node's own copy of
 * undici: 9 MiB and 80 ms for each thread that asks Google (native-notes/memory.md).
 */
const load = createRequire(import.meta.url);

export const errors = load('undici/lib/core/errors.js') as typeof Undici.errors;
export const buildConnector = load('undici/lib/core/connect.js') as typeof Undici.buildConnector;
export const Dispatcher = load('undici/lib/dispatcher/dispatcher.js') as typeof Undici.Dispatcher;
export const Pool = load('undici/lib/dispatcher/pool.js') as typeof Undici.Pool;
export const Agent = load('undici/lib/dispatcher/agent.js') as typeof Undici.Agent;
export const ProxyAgent = load('undici/lib/dispatcher/proxy-agent.js') as typeof Undici.ProxyAgent;

// The index gives dispatchers their methods; a connection through a proxy is asked for by this one.
Object.assign(Dispatcher.prototype, { connect: load('undici/lib/api/api-connect.js') as unknown });
