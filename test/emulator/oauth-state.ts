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
}

/** Clients, consents and tokens of one emulated person. */
export class OAuthState {
  readonly client: Client = {
    id: '123456789012-emulatedclient0000000000000000.apps.googleusercontent.com',
    secret: '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0',
  };
  /** The consent that `env` hands out: every scope. */
  readonly grant: Grant;
  /** What the person does on the consent page: the scopes they leave ticked, or a refusal. */
  consent: 'allow' | 'deny' | { readonly scopes: readonly string[] } = 'allow';

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
