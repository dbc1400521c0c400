import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a start makes on disk that was not there before, so that a refused one can leave all as it was. */
export class StartTraces {
  /** Set where the start is refused: only then is anything taken away. */
  refused = false;
  readonly #files: string[] = [];
  readonly #folders: string[] = [];

  /**
   * Call before the folder may be made: it, and those above it that are missing, go again if they are empty by then.
   */
  watchFolder(folder: string): void {
    for (let path = folder; !existsSync(path) && !this.#folders.includes(path); path = dirname(path)) {
      this.#folders.push(path);
    }
  }

  /**
   * Call before the file may be created, and while no other process can be creating it. True if it does not exist yet.
   */
  watchFile(file: string): boolean {
    const isNew = !existsSync(file);
    if (isNew) this.#files.push(file);
    return isNew;
  }

  removeFiles(): void {
    if (this.refused) for (const file of this.#files) rmSync(file, { force: true });
  }

  removeFolders(): void {
    if (!this.refused) return;
    for (const folder of this.#folders.sort((a, b) => b.length - a.length)) {
      try {
        rmdirSync(folder);
      } catch {
        // Something is in it, or it was never made.
      }
    }
  }
}
