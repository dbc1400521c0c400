/** A part that can be read and holds no Google Photos. */
export class NoPhotosError extends Error {
  override readonly name = 'NoPhotosError';

  constructor(path: string, isTakeout: boolean) {
    super(isTakeout ? `${path} is a Takeout export without Google Photos` : `${path} is no Takeout export`);
  }
}
