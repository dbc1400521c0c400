import assert from 'node:assert/strict';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../emulator/start-emulator.js';

export type Json = Record<string, unknown>;

/** The part of a media item's JSON that tests look at. */
export interface ItemJson {
  readonly id: string;
  readonly filename?: string;
  readonly description?: string;
  readonly baseUrl: string;
  readonly mimeType: string;
  readonly productUrl: string;
  readonly mediaMetadata: {
    readonly creationTime: string;
    readonly width?: unknown;
    readonly height?: unknown;
    readonly photo?: Json;
    readonly video?: Json;
  };
}

export interface AlbumJson {
  readonly id: string;
  readonly title?: string;
  readonly mediaItemsCount?: unknown;
  readonly isWriteable?: boolean;
  readonly coverPhotoMediaItemId?: string;
}

export interface PageJson {
  readonly mediaItems?: ItemJson[];
  readonly albums?: AlbumJson[];
  readonly nextPageToken?: string;
}

export interface ErrorJson {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details?: Json[];
  };
}

/** A bare HTTP client of one emulator, signed in with every scope. */
export class Client {
  #token: string;

  constructor(readonly emulator: Emulator) {
    this.#token = emulator.oauth.issueAccessToken().token;
  }

  /** Sends later requests with this access token. */
  use(token: string): void {
    this.#token = token;
  }

  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.emulator.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The JSON of a 200 answer. */
  async get<T = PageJson>(path: string): Promise<T> {
    return succeeded<T>(await this.request('GET', path));
  }

  async post<T = PageJson>(path: string, body: unknown = {}): Promise<T> {
    return succeeded<T>(await this.request('POST', path, body));
  }

  search(body: Json): Promise<PageJson> {
    return this.post('/v1/mediaItems:search', body);
  }

  /** Every page of mediaItems.list, at most 50 of them. */
  async listPages(pageSize = 100): Promise<PageJson[]> {
    const pages: PageJson[] = [];
    let token: string | undefined;
    do {
      const page = await this.get(
        `/v1/mediaItems?pageSize=${pageSize}${token === undefined ? '' : `&pageToken=${token}`}`,
      );
      pages.push(page);
      token = page.nextPageToken;
    } while (token !== undefined && pages.length < 50);
    return pages;
  }

  async itemOf(id: string): Promise<ItemJson> {
    return this.get<ItemJson>(`/v1/mediaItems/${id}`);
  }
}

async function succeeded<T>(response: Response): Promise<T> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as T;
}

/** Asserts the error envelope, and gives what is inside. */
export async function refused(response: Promise<Response>, code: number, status: string): Promise<ErrorJson['error']> {
  const answer = await response;
  const { error } = (await answer.json()) as ErrorJson;
  assert.deepEqual([answer.status, error.code, error.status], [code, code, status]);
  return error;
}

export function idsOf(page: PageJson): string[] {
  return (page.mediaItems ?? []).map(({ id }) => id);
}

/** Runs `use` against an emulator of its own. */
export async function withEmulator(
  options: EmulatorOptions,
  use: (client: Client, emulator: Emulator) => Promise<void>,
): Promise<void> {
  const emulator = await startEmulator(options);
  try {
    await use(new Client(emulator), emulator);
  } finally {
    await emulator.close();
  }
}
