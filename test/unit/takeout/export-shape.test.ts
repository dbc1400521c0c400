import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExportShapeFinder, folderInPhotos, type ExportShape } from '../../../src/takeout/archives/export-shape.js';
import { splitPath } from '../../../src/takeout/archives/entry-name.js';

function shapeOf(paths: readonly string[]): ExportShape {
  const finder = new ExportShapeFinder();
  for (const path of paths) finder.add(splitPath(path));
  return finder.shape;
}

describe('where the photos of an export lie', () => {
  it('a service folder is known by its name, by its sidecars or by media in a year folder', () => {
    const cases: [string[], string[]][] = [
      [['Takeout/Google Fotos/x/a.bin'], ['Takeout/Google Fotos']],
      [['Takeout/Zdje\u0328cia Google/x/a.bin'], ['Takeout/Zdje\u0328cia Google']],
      [['Takeout 2/Unknown/x/a.jpg.supplemental-metadata(1).json'], ['Takeout 2/Unknown']],
      [['Takeout/Unknown/x/a.jpg.supplem.json'], ['Takeout/Unknown']],
      [['Takeout/Unknown/2023年の写真/a.HEIC'], ['Takeout/Unknown']],
      [['Google Photos/Photos from 2023/a.jpg'], ['Google Photos']],
      [['Photos from 2023/a.jpg', 'Photos from 2023/a.jpg.json'], ['']],
      [['Takeout/Drive/x/a.jpg', 'Takeout/Google Photos/x/a.jpg'], ['Takeout/Google Photos']],
    ];
    for (const [paths, photoFolders] of cases)
      assert.deepEqual(shapeOf(paths), { isTakeout: true, photoFolders }, paths.join());
  });

  it('an export of other services has no photos, and any other zip is no export', () => {
    const mail = ['Takeout/Mail/All mail.mbox', 'Takeout/archive_browser.html', 'Takeout/Drive/Work/a.jpg'];
    assert.deepEqual(shapeOf(mail), { isTakeout: true, photoFolders: [] });
    assert.deepEqual(shapeOf(['package/index.js', 'README.md', 'a/b/c.jpg']), { isTakeout: false, photoFolders: [] });
  });

  it('the folder of an entry is the same wherever its part begins', () => {
    assert.equal(
      folderInPhotos('Takeout/Google Photos/Photos from 2023', ['Takeout/Google Photos']),
      'Photos from 2023',
    );
    assert.equal(folderInPhotos('Google Photos/Photos from 2023', ['Google Photos']), 'Photos from 2023');
    assert.equal(folderInPhotos('Photos from 2023', ['']), 'Photos from 2023');
    assert.equal(folderInPhotos('Takeout/Google Photos', ['Takeout/Google Photos']), '');
    assert.equal(folderInPhotos('Takeout/Google Photos 2/x', ['Takeout/Google Photos']), undefined);
  });
});
