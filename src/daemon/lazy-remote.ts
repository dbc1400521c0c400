import type { ListedBaseUrl, MediaRef } from '../library/media-item.js';
import type { ByteRange, MediaFacts, MediaRequestOptions, MediaSource, MediaStream } from '../library/media-source.js';
import type { RemotePicker } from '../library/remote-picker.js';
import type { TokenSource } from '../library/token-source.js';
import type { RemoteParts } from './remote-parts.js';
import type { StatusWait } from './status-document.js';

/**
 * The remote side, made when it is first needed: its packages take longer to load than all the rest, and listing needs
 * none of them.
 */
export class LazyRemote implements MediaSource {
  readonly #make: () => Promise<RemoteParts>;
  #parts: Promise<RemoteParts> | undefined;
  #loaded: RemoteParts | undefined;

  constructor(make: () => Promise<RemoteParts>) {
    this.#make = make;
  }

  readonly token: TokenSource = async (refused) => (await this.#load()).token(refused);

  async picker(): Promise<RemotePicker> {
    return (await this.#load()).picker;
  }

  async reloadSignIn(): Promise<void> {
    await (await this.#load()).reloadSignIn();
  }

  async measure(ref: MediaRef, options: MediaRequestOptions): Promise<MediaFacts> {
    return (await this.#load()).media.measure(ref, options);
  }

  async fetch(ref: MediaRef, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream> {
    return (await this.#load()).media.fetch(ref, range, options);
  }

  /** What of reading waits because Google asked for a pause. */
  waits(): readonly StatusWait[] {
    return this.#loaded?.waits() ?? [];
  }

  hostOf(ref: MediaRef): string | undefined {
    return this.#loaded?.media.hostOf?.(ref);
  }

  prepare(refs: readonly MediaRef[]): void {
    this.#loaded?.media.prepare?.(refs);
  }

  /** Base URLs that came with a listing; dropped where nothing has asked Google from this thread yet. */
  learn(items: readonly ListedBaseUrl[]): void {
    void this.#parts?.then(({ media }) => media.learn(items)).catch(() => undefined);
  }

  /** The network changed: kept connections may be dead. */
  renewConnections(): void {
    this.#loaded?.renewConnections();
  }

  async close(): Promise<void> {
    await (await this.#parts)?.close();
  }

  #load(): Promise<RemoteParts> {
    return (this.#parts ??= this.#make().then(
      (parts) => {
        this.#loaded = parts;
        return parts;
      },
      (error: unknown) => {
        // Without a sign-in it cannot be made; one may come.
        this.#parts = undefined;
        throw error;
      },
    ));
  }
}
