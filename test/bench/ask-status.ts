import { join } from 'node:path';
import { askDaemon } from '../../src/daemon/control-client.js';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import type { PrivateFolders } from '../support/private-folders.js';

/** The status of the default profile's daemon in these folders. */
export async function askStatus(folders: PrivateFolders): Promise<StatusDocument> {
  const reply = await askDaemon(join(folders.runtime, 'default.sock'), { command: 'status' }, 10_000);
  if (reply?.ok === true && 'status' in reply) return reply.status;
  throw new Error(`no status: ${JSON.stringify(reply)}`);
}
