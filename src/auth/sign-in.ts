import { RemoteError } from '../library/remote-error.js';
import type { Clock } from '../support/clock.js';
import { UserError } from '../support/user-error.js';
import { isWithin } from '../support/is-within.js';
import { backoff, retry } from '../support/retry.js';
import { AUDIENCE_PAGE, inProject } from './console-pages.js';
import type { Credentials } from './credentials.js';
import { checkedTokenUrl, GOOGLE_TOKEN_URL } from './token-endpoint.js';
import { renewAccess, type FormExchange, type TokenAnswer } from './token-exchange.js';

export interface SignInDeps {
  readonly exchange: FormExchange;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Google's where absent; else one on this machine. */
  readonly tokenUrl?: string | undefined;
  /** Keeps a refresh token that came with an access token. Its failure does not stop the token from being used. */
  readonly store?: (refreshToken: string, before: Credentials) => Promise<void>;
  /** Looks for other credentials while these are dead, so that a new sign-in is taken up by itself. */
  readonly reload?: () => Promise<Credentials>;
  /** Called with a sentence about a failure that does not stop the token from being used. */
  readonly report?: (message: string) => void;
  /** Called when Google has accepted or refused the sign-in. */
  readonly onState?: (state: SignInState) => void;
}

/** What the last exchange with Google said about the sign-in. */
export interface SignInState {
  /** Why it is dead; undefined where it works. */
  readonly refusal: RemoteError | undefined;
  /** What it includes; undefined where that is not known. */
  readonly scopes: readonly string[] | undefined;
}

const TRIES = 3;
const DEADLINE_MS = 8_000;
const RELOAD_INTERVAL_MS = 2_000;

/** Credentials, and whether Google takes them. */
export class SignIn {
  readonly #deps: SignInDeps;
  readonly #tokenUrl: string;
  #credentials: Credentials;
  #refusal: RemoteError | undefined;
  #lookedAt: number | undefined;

  /** @throws UserError (config) if `tokenUrl` is neither Google's nor on this machine. */
  constructor(credentials: Credentials, deps: SignInDeps) {
    this.#credentials = credentials;
    this.#deps = deps;
    this.#tokenUrl = checkedTokenUrl(deps.tokenUrl ?? GOOGLE_TOKEN_URL);
  }

  /** Google has refused it, and no other has been found since. */
  get isRefused(): boolean {
    return this.#refusal !== undefined;
  }

  /** Asks Google for an access token. While the sign-in is refused, looks for another one first. */
  async renew(): Promise<TokenAnswer> {
    const { clock, exchange, onState, random } = this.#deps;
    if (this.#refusal !== undefined) await this.#lookForAnother(this.#refusal);
    try {
      const renewal = await retry(
        () => renewAccess(this.#credentials, { tokenUrl: this.#tokenUrl, exchange }),
        {
          deadlineMs: DEADLINE_MS,
          delayAfter: (error, failures) =>
            error instanceof RemoteError && error.kind === 'server' && failures < TRIES
              ? backoff(failures, 1_000, random)
              : undefined,
        },
        clock,
      );
      this.#refusal = undefined;
      onState?.({ refusal: undefined, scopes: renewal.scopes });
      return renewal;
    } catch (error) {
      if (!(error instanceof RemoteError) || error.kind !== 'signed-out') throw error;
      throw this.#refused(endedByTesting(error, this.#credentials, clock.now()) ?? error);
    }
  }

  /** Stores a refresh token that came with an access token. Never rejects. */
  async keep(refreshToken: string | undefined): Promise<void> {
    const before = this.#credentials;
    if (refreshToken === undefined || refreshToken === before.refreshToken) return;
    this.#credentials = { ...before, refreshToken };
    const { report, store } = this.#deps;
    try {
      await store?.(refreshToken, before);
    } catch {
      report?.('Google gave a new refresh token, but it could not be kept: the next start may ask for a new sign-in.');
    }
  }

  /** Takes up what `deps.reload` finds. Rejects with RemoteError if there is nothing that can be read. */
  async reload(): Promise<void> {
    try {
      this.#credentials = (await this.#deps.reload?.()) ?? this.#credentials;
    } catch (error) {
      throw this.#refused(noCredentials(error));
    }
    this.#refusal = undefined;
  }

  #refused(refusal: RemoteError): RemoteError {
    this.#refusal = refusal;
    this.#deps.onState?.({ refusal, scopes: undefined });
    return refusal;
  }

  async #lookForAnother(error: RemoteError): Promise<void> {
    const { clock, reload } = this.#deps;
    const now = clock.now();
    const isSoon = this.#lookedAt !== undefined && isWithin(now, this.#lookedAt, RELOAD_INTERVAL_MS);
    // A keyring may ask the person to unlock it each time. The command `login` announces a new sign-in to the running
    // mount anyway.
    const isAskingAPerson = this.#credentials.keptIn?.inKeyring === true;
    if (reload === undefined || isSoon || isAskingAPerson) throw error;
    this.#lookedAt = now;
    const found = await reload().catch(() => this.#credentials);
    if (sameCredentials(found, this.#credentials)) throw error;
    this.#credentials = found;
  }
}

function noCredentials(error: unknown): RemoteError {
  if (!(error instanceof UserError)) return new RemoteError('signed-out', 'The sign-in cannot be read.');
  return new RemoteError('signed-out', error.message, { reason: 'NO_CREDENTIALS', hint: error.hint });
}

/** Google says only that a token is dead; where its end was announced, more is known. */
function endedByTesting(error: RemoteError, { endsAt, clientId }: Credentials, now: number): RemoteError | undefined {
  if (error.reason !== 'invalid_grant' || endsAt === undefined || now < endsAt) return undefined;
  return new RemoteError(
    'signed-out',
    'The sign-in ended 7 days after it was made, because the consent screen of your Google Cloud project is in testing mode.',
    {
      reason: 'invalid_grant',
      hint: `Publish the app at ${inProject(AUDIENCE_PAGE, clientId)}, then run: gphotos-mount login`,
      ...(error.status === undefined ? {} : { status: error.status }),
    },
  );
}

function sameCredentials(a: Credentials, b: Credentials): boolean {
  return a.refreshToken === b.refreshToken && a.clientId === b.clientId && a.clientSecret === b.clientSecret;
}
