import { createHash, randomBytes } from 'node:crypto';
import type { Switches } from './switches.js';

const PREFIX = 'https://www.googleapis.com/auth/';
export const SCOPES = {
  read: `${PREFIX}photoslibrary.readonly.appcreateddata`,
  append: `${PREFIX}photoslibrary.appendonly`,
  edit: `${PREFIX}photoslibrary.edit.appcreateddata`,
  picker: `${PREFIX}photospicker.mediaitems.readonly`,
} as const;

export interface Client {
  readonly id: string;
  readonly secret: string;
}

/** What a person allowed once; every token made from it dies with it. */
export interface Grant {
  readonly refreshToken: string;
  /** Space separated in the protocol. May be narrowed or widened while tokens live: they follow. */
  scopes: readonly string[];
  readonly grantedAt: number;
  revoked: boolean;
}

export interface AccessToken {
  readonly token: string;
  readonly grant: Grant;
  readonly expiresAt: number;
}

export interface AuthorizationCode {
  readonly grant: Grant;
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly method: string;
  /** The consent was asked for with `access_type=offline`, and is the first or a forced one. */
  readonly withRefreshToken: boolean;
}

/** Pages on which Google ends a sign-in without telling the program. */
export type FailurePage =
  | 'redirect_uri_mismatch'
  | 'invalid_client'
  | 'deleted_client'
  | 'org_internal'
  | 'admin_policy_enforced'
  | 'policy_enforced'
  | 'disallowed_useragent'
  | 'invalid_request'
  | 'not_a_tester';

/** What the person does on the consent page. */
export type Consent =
  | 'allow'
  | 'deny'
  /** They see the page in a browser and choose there. */
  | 'ask'
  /** The scopes they leave ticked. */
  | { readonly scopes: readonly string[] }
  | { readonly page: FailurePage };

/** Clients, consents and tokens of one emulated person. */
export class OAuthState {
  readonly client: Client = {
    id: '123456789012-emulatedclient0000000000000000.apps.googleusercontent.com',
    secret: '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0',
  };
  /** The consent that `env` hands out: every scope. */
  readonly grant: Grant;
  consent: Consent = 'allow';
  /** A web client allows the redirect addresses listed for it and no other. */
  clientType: 'desktop' | { readonly redirectUris: readonly string[] } = 'desktop';
  clientDeleted = false;
  /** A client of one's own never is: Google then warns before it asks. */
  verified = true;
  /** Grants given out, so that a refresh token comes with the first consent only unless it is asked for. */
  consents = 0;

  readonly #switches: Switches;
  readonly #now: () => number;
  readonly #grants = new Map<string, Grant>();
  readonly #access = new Map<string, AccessToken>();
  readonly #codes = new Map<string, AuthorizationCode>();
  #made = 0;

  constructor(switches: Switches, now: () => number) {
    this.#switches = switches;
    this.#now = now;
    this.grant = this.newGrant(Object.values(SCOPES));
  }

  newGrant(scopes: readonly string[]): Grant {
    const grant: Grant = { refreshToken: `1//0e${this.#random()}`, scopes, grantedAt: this.#now(), revoked: false };
    this.#grants.set(grant.refreshToken, grant);
    return grant;
  }

  grantOf(refreshToken: string): Grant | undefined {
    return this.#grants.get(refreshToken);
  }

  isDead(grant: Grant): boolean {
    return grant.revoked || this.#now() - grant.grantedAt > this.#switches.refreshTokenLifetimeMs;
  }

  issueAccessToken(grant: Grant = this.grant): AccessToken {
    const expiresAt = this.#now() + this.#switches.accessTokenLifetimeMs;
    const access = { token: `ya29.${this.#random()}`, grant, expiresAt };
    this.#access.set(access.token, access);
    return access;
  }

  /** undefined for a token that is unknown, expired or revoked. */
  accessOf(token: string): AccessToken | undefined {
    const access = this.#access.get(token);
    return access === undefined || access.grant.revoked || access.expiresAt <= this.#now() ? undefined : access;
  }

  /** Makes every access token given out so far invalid, as Google sometimes does before their time. */
  expireAccessTokens(): void {
    this.#access.clear();
  }

  /** Finds a grant by its refresh token or one of its access tokens, and kills it. */
  revoke(token: string): boolean {
    const grant = this.#grants.get(token) ?? this.#access.get(token)?.grant;
    if (grant === undefined || grant.revoked) return false;
    grant.revoked = true;
    return true;
  }

  /** Milliseconds that a consent lasts; undefined where it has no end. */
  get grantLifetimeMs(): number | undefined {
    const { refreshTokenLifetimeMs } = this.#switches;
    return Number.isFinite(refreshTokenLifetimeMs) ? refreshTokenLifetimeMs : undefined;
  }

  newCode(code: AuthorizationCode): string {
    const text = `4/0A${this.#random().slice(0, 60)}`;
    this.#codes.set(text, code);
    return text;
  }

  /** A code works once. */
  takeCode(code: string): AuthorizationCode | undefined {
    const found = this.#codes.get(code);
    this.#codes.delete(code);
    return found;
  }

  #random(): string {
    this.#made += 1;
    return createHash('sha512').update(randomBytes(32)).update(String(this.#made)).digest('base64url');
  }
}
