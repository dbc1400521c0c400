import { GOOGLE_TOKEN_URL, checkedTokenUrl } from '../auth/token-endpoint.js';
import type { TokenEndpoint } from '../auth/token-exchange.js';
import type { BaseFolders } from '../daemon/profile-paths.js';
import { createFormExchange } from '../remote/http/form-exchange.js';
import { createHttp, type Http } from '../remote/http/http.js';
import type { Clock } from '../support/clock.js';

/** What commands about accounts work with. */
export interface AccountSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly currentFolder: string;
  readonly folders: BaseFolders;
  readonly profile: string;
  /** PEM file with authorities to trust besides the usual ones. */
  readonly caFile: string | undefined;
  readonly clock: Clock;
  /** Says a line, or an empty one, to the person. */
  readonly say: (line: string) => void;
}

export interface Connection {
  readonly http: Http;
  readonly endpoint: TokenEndpoint;
}

/** Opens the way to Google for one command, and closes it afterwards. */
export async function withConnection<T>(
  { env, caFile }: Pick<AccountSurroundings, 'env' | 'caFile'>,
  act: (connection: Connection) => Promise<T>,
): Promise<T> {
  const tokenUrl = checkedTokenUrl(env['GPHOTOS_TOKEN_URL'] ?? GOOGLE_TOKEN_URL);
  const http = createHttp({ route: { env, caFile } });
  try {
    return await act({ http, endpoint: { tokenUrl, exchange: createFormExchange(http) } });
  } finally {
    await http.close();
  }
}
