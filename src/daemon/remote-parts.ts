import { projectOf } from '../auth/client-file.js';
import { keepRefreshToken, loadCredentials, type Credentials } from '../auth/credentials.js';
import type { MediaId } from '../library/media-item.js';
import { createTokenSource } from '../auth/google-token-source.js';
import type { SignInState } from '../auth/sign-in.js';
import type { QuotaKind } from '../library/quota.js';
import type { RemotePicker } from '../library/remote-picker.js';
import type { TokenSource } from '../library/token-source.js';
import { createFormExchange } from '../remote/http/form-exchange.js';
import { createHttp } from '../remote/http/http.js';
import { slotsPerHost } from '../remote/http/slots-per-host.js';
import { createMediaSource, type LearningMediaSource } from '../remote/media/google-media-source.js';
import { createRemotePicker } from '../remote/picker/google-picker.js';
import { createRemoteLibrary } from '../remote/library/google-library.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import { openFileLimit, shareDescriptors } from '../support/open-file-limit.js';
import type { StatusWait } from './status-document.js';

/** Everything of this thread that talks to Google. */
export interface RemoteParts {
  readonly token: TokenSource;
  readonly media: LearningMediaSource;
  readonly picker: RemotePicker;
  /** Takes up a new sign-in. Rejects with RemoteError where Google does not take it. */
  reloadSignIn(): Promise<void>;
  /** What of reading waits because Google asked for a pause. */
  waits(): readonly StatusWait[];
  /** The network changed: kept connections may be dead. */
  renewConnections(): void;
  close(): Promise<void>;
}

export interface RemotePartsDeps {
  readonly credentials: Credentials;
  readonly configDir: string;
  readonly profile: string;
  readonly libraryUrl: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onRequest: (kind: QuotaKind) => void;
  readonly report: (message: string) => void;
  /** Items near one, from the catalog. */
  readonly neighbours: (id: MediaId, limit: number) => readonly MediaId[];
  readonly onSignIn: (state: SignInState) => void;
  readonly caFile: string | undefined;
}

/** A keyring may ask a person, who may be away: a token request that waits for it would block all others. */
const KEYRING_MS = 10_000;

export function makeRemoteParts(deps: RemotePartsDeps): RemoteParts {
  const { credentials, clock, configDir, env, libraryUrl, onRequest, profile, random, report } = deps;
  const { connections } = shareDescriptors(openFileLimit());
  const http = createHttp({ route: { env, caFile: deps.caFile }, perHost: slotsPerHost(connections) });
  const token = createTokenSource(credentials, {
    exchange: createFormExchange(http),
    clock,
    random,
    tokenUrl: env['GPHOTOS_TOKEN_URL'],
    reload: () => withinDeadline(clock, KEYRING_MS, () => loadCredentials({ env, configDir, profile }), silentKeyring),
    report,
    onState: deps.onSignIn,
    store: (refreshToken, before) =>
      withinDeadline(clock, KEYRING_MS, () => keepRefreshToken(before, profile, refreshToken), silentKeyring),
  });
  const library = createRemoteLibrary({
    project: projectOf(credentials.clientId),
    baseUrl: libraryUrl,
    token,
    http,
    clock,
    random,
    onRequest,
    report,
  });
  const media = createMediaSource({
    library,
    baseUrl: libraryUrl,
    http,
    clock,
    random,
    onRequest,
    neighbours: deps.neighbours,
  });
  const picker = createRemotePicker({
    ...{ token, http, clock, random, report, project: projectOf(credentials.clientId) },
    baseUrl: env['GPHOTOS_PICKER_URL'],
  });
  const waits = (): StatusWait[] => {
    const pauses = { addresses: library.wait(), reading: media.wait() };
    return Object.entries(pauses).flatMap(([what, pause]) =>
      pause === undefined ? [] : [{ what, message: pause.message, until: new Date(pause.until).toISOString() }],
    );
  };
  // Requests under way keep their connection, which may still work; if it does not, their deadlines end them.
  const renewConnections = (): void => {
    http.renewConnections({ breakOff: false });
  };
  return {
    token,
    reloadSignIn: () => token.reload(),
    media,
    picker,
    waits,
    renewConnections,
    close: () => http.close(),
  };
}

function silentKeyring(): Error {
  return new Error(`The keyring did not answer within ${KEYRING_MS / 1_000} s.`);
}
