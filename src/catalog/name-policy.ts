/** How names are made; the catalog knows only that a key is given once. `isTaken` takes a key; the mark that keeps namesakes apart is made
 * of `seed`, a text that is the same whenever the name is given. */
export interface NamePolicy {
  key(name: string): string;
  itemName(filename: string, mimeType: string, seed: string, isTaken: (key: string) => boolean): string;
  /** The name of an entry in a folder where another has the item's name; `isTaken` takes a name, as it is spelt. */
  entryName(name: string, seed: string, isTaken: (name: string) => boolean): string;
  albumName(title: string, seed: string, isTaken: (key: string) => boolean): string;
  /** The folders that an album's name stands for where albums nest, the album's own last; itself where they do not. */
  albumPath(name: string): readonly string[];
  cameraName(make: string, model: string, isTaken: (key: string) => boolean): string;
  personName(title: string, isTaken: (key: string) => boolean): string;
}
