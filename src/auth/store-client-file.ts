import { join } from 'node:path';
import { writePrivateFile } from './private-file.js';

/** Keeps the text of a client file under a name that is found again. */
export async function storeClientFile(folder: string, text: string): Promise<void> {
  await writePrivateFile(join(folder, 'client_secret.json'), text);
}
