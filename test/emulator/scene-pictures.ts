import { sceneSvg } from './scenes.js';

export const SCENE = { width: 1024, height: 768 };
/** Room that a scene's item gives to its picture; quality goes down until it fits. */
export const SCENE_ROOM = 150_000;
const KEPT = 60;

const pictures = new Map<number, Promise<Buffer>>();

async function render(seed: number): Promise<Buffer> {
  // Loaded late: starting the emulator costs nothing where no scene is looked at.
  const { default: sharp } = await import('sharp');
  for (const quality of [86, 70, 50, 30]) {
    const jpeg = await sharp(Buffer.from(sceneSvg(seed, SCENE.width, SCENE.height)))
      .jpeg({ quality })
      .toBuffer();
    if (jpeg.length <= SCENE_ROOM) return jpeg;
  }
  throw new Error(`scene ${seed} does not fit into ${SCENE_ROOM} bytes`);
}

/** The landscape of this seed as a JPEG; the last sixty are kept. */
export function scenePicture(seed: number): Promise<Buffer> {
  const known = pictures.get(seed);
  if (known !== undefined) return known;
  const picture = render(seed);
  pictures.set(seed, picture);
  for (const oldest of pictures.keys()) {
    if (pictures.size <= KEPT) break;
    pictures.delete(oldest);
  }
  return picture;
}
