import type { MediaRef } from '../../library/media-item.js';
import type {
  ByteRange,
  GatedMediaSource,
  MediaFacts,
  MediaRequestOptions,
  MediaStream,
} from '../../library/media-source.js';
import { RemoteError, type RemoteErrorKind } from '../../library/remote-error.js';
import { messageOf } from '../../support/message-of.js';
import { ArchiveError } from './archive-error.js';
import { inflateEntry, type PackedPiece } from './inflate-entry.js';
import { EntryOffsets, placeOf, type EntryPlace, type TakeoutBytesDeps } from './takeout-bytes.js';

/**
 * Deflated entries, as a host that ignores ranges: each fetch sends the whole from its first byte, for the cache on disk. Rejects with
 * RemoteError of kinds that are not tried again; a reader gets EIO and a text that names the file.
 */
export class DeflatedSource implements GatedMediaSource {
  readonly #deps: TakeoutBytesDeps;
  readonly #offsets: EntryOffsets;

  constructor(deps: TakeoutBytesDeps) {
    this.#deps = deps;
    this.#offsets = new EntryOffsets(deps.threads);
  }

  /** The size in the directory of the zip; the file is looked at. */
  measure(ref: MediaRef): Promise<MediaFacts> {
    return inRemoteWords(undefined, async () => {
      const place = placeOf(this.#deps, ref.id);
      await this.#offsets.find(place);
      return factsOf(place, 'head');
    });
  }

  fetch(ref: MediaRef, _range: ByteRange | undefined, { priority, signal }: MediaRequestOptions): Promise<MediaStream> {
    return inRemoteWords(signal, async () => {
      const place = placeOf(this.#deps, ref.id);
      const { offset } = await this.#offsets.find(place);
      const { threads } = this.#deps;
      const urgency = priority === 'background' ? 'background' : 'foreground';
      const read = async (position: number, length: number): Promise<PackedPiece> => {
        const request = { path: place.file, expected: place.identity, position, length, urgency } as const;
        const piece = await threads.read(request);
        return { bytes: piece.bytes, release: () => threads.release(piece) };
      };
      return {
        start: 0,
        bodyLength: place.size,
        isEndMarked: true,
        facts: factsOf(place, 'announced'),
        body: {
          forEach: async (take) => {
            let fault: { readonly error: unknown } | undefined;
            const takeWhole = async (piece: Uint8Array): Promise<void> => {
              try {
                await take(piece);
              } catch (error) {
                // What the reader threw passes as it is.
                fault = { error };
                throw error;
              }
            };
            try {
              await inRemoteWords(signal, () => inflateEntry({ ...place, offset }, read, takeWhole, signal));
            } catch (error) {
              if (fault !== undefined) throw fault.error;
              this.#remember(place, error);
              throw error;
            }
          },
        },
      };
    });
  }

  /** A drive that is gone shows when its file is opened: nothing fails beforehand. */
  isOffline(): boolean {
    return false;
  }

  note(): void {
    // There is no host whose state it could change.
  }

  #remember({ file, headerOffset = 0, identity }: EntryPlace, error: unknown): void {
    if (!(error instanceof RemoteError)) return;
    const { cause } = error;
    if (cause instanceof ArchiveError && cause.fault === 'damaged') {
      this.#deps.bad.add({ file, headerOffset, message: cause.message }, identity);
    }
  }
}

function factsOf({ size, crc }: EntryPlace, basis: 'head' | 'announced'): MediaFacts {
  return { length: size, etag: crc === undefined ? undefined : etagOf(crc), basis };
}

/** What stands for the version of an entry, as an ETag does. */
export function etagOf(crc: number): string {
  return `takeout:${crc.toString(16).padStart(8, '0')}`;
}

async function inRemoteWords<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    signal?.throwIfAborted();
    return await work();
  } catch (error) {
    if (error instanceof RemoteError) throw error;
    if (signal?.aborted === true) throw new RemoteError('aborted', 'the reader left', { cause: error });
    const kind = error instanceof ArchiveError ? kindOf(error) : 'invalid';
    const hint = error instanceof ArchiveError ? { hint: error.hint } : {};
    throw new RemoteError(kind, messageOf(error), { ...hint, cause: error });
  }
}

/** Kinds that are not tried again: a disk gives the same answer. */
function kindOf({ fault }: ArchiveError): RemoteErrorKind {
  return fault === 'missing' || fault === 'replaced' || fault === 'cut' ? 'not-found' : 'invalid';
}
