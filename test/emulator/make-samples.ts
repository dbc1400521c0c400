// Makes the committed samples: `npx tsc -p . && node build/test/emulator/make-samples.js`. Needs ffmpeg. Only run by hand.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { SAMPLES } from './samples-folder.js';
import { sceneSvg } from './scenes.js';

for (let look = 0; look < 8; look++) {
  await sharp(Buffer.from(sceneSvg(look + 101, 640, 480)))
    .jpeg({ quality: 72 })
    .toFile(join(SAMPLES, `photo-${look}.jpg`));
}
const work = mkdtempSync(join(tmpdir(), 'samples-'));
try {
  const still = join(work, 'still.png');
  await sharp(Buffer.from(sceneSvg(105, 1280, 720)))
    .png()
    .toFile(still);
  // A slow pan of two seconds; bitexact, so that the same ffmpeg gives the same file.
  const pan = 'crop=640:360:x=320*t/2:y=180+60*sin(t*3),fps=25,format=yuv420p';
  execFileSync(
    'ffmpeg',
    ['-y', '-loglevel', 'error', '-loop', '1', '-t', '2', '-i', still, '-vf', pan]
      .concat(['-c:v', 'libx264', '-profile:v', 'main', '-crf', '30', '-preset', 'slow', '-threads', '1'])
      .concat(['-fflags', '+bitexact', '-flags:v', '+bitexact', '-movflags', '+faststart', join(SAMPLES, 'clip.mp4')]),
  );
  execFileSync('ffmpeg', [
    '-y',
    '-loglevel',
    'error',
    '-i',
    join(SAMPLES, 'clip.mp4'),
    '-frames:v',
    '1',
    '-q:v',
    '6',
    join(SAMPLES, 'clip-poster.jpg'),
  ]);
} finally {
  rmSync(work, { recursive: true });
}
