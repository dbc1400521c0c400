import { loadCredentials, type CredentialPlaces, type Credentials, type UsableSources } from '../auth/credentials.js';
import { needAccount, type Source } from '../library/source.js';
import { ExitCode, UserError } from '../support/user-error.js';

/** The sources and the sign-in of a profile. A profile with Takeouts alone may be signed in while it is mounted. */
export class ProfileSignIn {
  readonly #possible: readonly Source[];
  readonly #load: () => Promise<Credentials>;
  #usable: UsableSources;

  /** `possible`: the sources that the profile has once it is signed in. */
  constructor(usable: UsableSources, possible: readonly Source[], places: CredentialPlaces) {
    this.#usable = usable;
    this.#possible = possible;
    this.#load = () => loadCredentials(places);
  }

  /** Those that bring items to the profile. */
  get sources(): readonly Source[] {
    return this.#usable.sources;
  }

  /** Undefined where no source needs an account. Then nothing asks Google, and nothing is synced. */
  get credentials(): Credentials | undefined {
    return this.#usable.credentials;
  }

  /** Takes up a first sign-in; true where there is one now and there was none. Throws UserError where a file is wrong. */
  async takeUpFirst(): Promise<boolean> {
    if (this.credentials !== undefined || !needAccount(this.#possible)) return false;
    try {
      this.#usable = { sources: this.#possible, credentials: await this.#load() };
      return true;
    } catch (error) {
      if (error instanceof UserError && error.exitCode === ExitCode.signIn) return false;
      throw error;
    }
  }
}
