import type { MediaItem } from '../library/media-item.js';
import type { NamePolicy } from './name-policy.js';
import type { Statements } from '../sqlite/statements.js';

/** Rows that many items share: MIME types and cameras, by the id that stands in an item's row. Callers hold the transaction. */
export class ItemVocabulary {
  readonly #sql: Statements;
  readonly #names: NamePolicy;
  readonly #mimeTypes = new Map<string, number>();
  readonly #cameras = new Map<string, number>();

  constructor(sql: Statements, names: NamePolicy) {
    this.#sql = sql;
    this.#names = names;
  }

  mimeType(text: string): number {
    const known = this.#mimeTypes.get(text);
    if (known !== undefined) return known;
    const id =
      this.#sql.get<[number]>('SELECT id FROM mime_types WHERE text = ?', text)?.[0] ??
      this.#sql.insert('INSERT INTO mime_types (text) VALUES (?)', text);
    this.#mimeTypes.set(text, id);
    return id;
  }

  /** Null for an item whose camera is not known. */
  camera({ cameraMake: make = '', cameraModel: model = '' }: MediaItem): number | null {
    if (make === '' && model === '') return null;
    const key = `${make}\0${model}`;
    const known = this.#cameras.get(key);
    if (known !== undefined) return known;
    const id =
      this.#sql.get<[number]>('SELECT id FROM cameras WHERE make = ? AND model = ?', make, model)?.[0] ??
      this.#addCamera(make, model);
    this.#cameras.set(key, id);
    return id;
  }

  #addCamera(make: string, model: string): number {
    const isTaken = (key: string): boolean =>
      this.#sql.get('SELECT 1 FROM cameras WHERE name_key = ?', key) !== undefined;
    const name = this.#names.cameraName(make, model, isTaken);
    return this.#sql.insert(
      'INSERT INTO cameras (make, model, name, name_key) VALUES (?, ?, ?, ?)',
      make,
      model,
      name,
      this.#names.key(name),
    );
  }

  /** Ids learnt inside a transaction that was rolled back are forgotten. */
  forget(): void {
    this.#mimeTypes.clear();
    this.#cameras.clear();
  }
}
