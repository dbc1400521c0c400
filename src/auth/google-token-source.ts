import type { TokenSource } from '../library/token-source.js';
import { isWithin } from '../support/is-within.js';
import type { Credentials } from './credentials.js';
import { SignIn, type SignInDeps } from './sign-in.js';

/** A source of access tokens that can load a new sign-in. */
export interface RenewingTokenSource {
  (refused?: string): Promise<string>;
  /**
   * Takes up what `deps.reload` finds, such as a new sign-in, and asks Google for a token with it. Rejects as `token`
   * does.
   */
  reload(): Promise<void>;
}

interface AccessToken {
  readonly text: string;
  /** When it came, milliseconds since the epoch. */
  readonly from: number;
  /** Milliseconds from then until it is better renewed, and until it ends. */
  readonly freshMs: number;
  readonly lifetimeMs: number;
}

const LONGEST_SLACK_MS = 5 * 60_000;

/**
 * Access tokens from a refresh token. A token is kept until shortly before it ends; all callers share one renewal. A
 * refused sign-in is not tried again until the credentials change.
 * @throws UserError (config) if `tokenUrl` is neither Google's nor on this machine.
 */
export function createTokenSource(initial: Credentials, deps: SignInDeps): RenewingTokenSource {
  const { clock } = deps;
  const signIn = new SignIn(initial, deps);
  let current: AccessToken | undefined;
  let renewing: Promise<string> | undefined;

  async function renew(): Promise<string> {
    const renewal = await signIn.renew().catch((error: unknown) => {
      if (signIn.isRefused) current = undefined;
      throw error;
    });
    const { accessToken: text, lifetimeMs } = renewal;
    const slack = Math.min(LONGEST_SLACK_MS, lifetimeMs / 10);
    current = { text, from: clock.now(), freshMs: lifetimeMs - slack, lifetimeMs };
    await signIn.keep(renewal.refreshToken);
    return text;
  }

  function renewOnce(): Promise<string> {
    return (renewing ??= renew().finally(() => {
      renewing = undefined;
    }));
  }

  async function reload(): Promise<void> {
    // A renewal that is under way uses the old credentials.
    await renewing?.catch(() => undefined);
    await signIn.reload().finally(() => {
      current = undefined;
    });
    await renewOnce();
  }

  const token: TokenSource = async (refused) => {
    const isFresh = current !== undefined && isWithin(clock.now(), current.from, current.freshMs);
    if (current !== undefined && isFresh && current.text !== refused) return current.text;
    try {
      return await renewOnce();
    } catch (error) {
      // Renewing begins early, so that there is still something to go on with when Google or the network is away.
      const last = current;
      if (last === undefined || last.text === refused || !isWithin(clock.now(), last.from, last.lifetimeMs))
        throw error;
      return last.text;
    }
  };
  return Object.assign(token, { reload });
}
