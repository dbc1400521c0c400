import type { Emulator } from '../emulator/start-emulator.js';

const EVERY_MS = 1_000;
/** Items that came and have not been removed yet. */
const KEPT = 40;

/** Lets a library change all the time: items come, change and go, their bytes change, albums fill and empty. Answers how to end it. */
export function startChurn({ library, expireBaseUrls }: Emulator): () => void {
  const added: string[] = [];
  const oldest = [...library.items()].slice(-200).map(({ id }) => id);
  const album = library.createAlbum('Changing').id;
  let turn = 0;
  const timer = setInterval(() => {
    turn++;
    const { id } = library.add(turn % 5 === 0 ? { mimeType: 'video/mp4', size: 3_000_000 } : { size: 200_000 });
    added.push(id);
    if (added.length > KEPT) library.remove(added.shift() ?? '');
    const old = oldest[turn % oldest.length] ?? '';
    library.update(old, { description: `changed ${turn}` });
    if (turn % 7 === 0) library.replaceBytes(old, { size: 150_000 + (turn % 100) * 1000 });
    if (turn % 10 === 0) library.setAlbumItems(album, added.slice(-20));
    if (turn % 60 === 0) library.removeAlbum(library.createAlbum(`Short-lived ${turn}`, added.slice(-3)).id);
    if (turn % 300 === 0) expireBaseUrls();
  }, EVERY_MS);
  return () => clearInterval(timer);
}
