/** A file name or title from Google that a careless program would trip over. */
export interface HostileName {
  /** What is awkward about it. */
  readonly about: string;
  /** As Google has it. */
  readonly given: string;
  /** As the mount shows an `image/jpeg` of that name, no other item being there. */
  readonly shown: string;
}

/** Each on its own; twins are in {@link HOSTILE_TWINS}. No two are shown alike. */
export const HOSTILE_NAMES: readonly HostileName[] = [
  { about: 'empty', given: '', shown: 'photo.jpg' },
  { about: 'a dot', given: '.', shown: '\uFF0E.jpg' },
  { about: 'two dots', given: '..', shown: '\uFF0E\uFF0E.jpg' },
  { about: 'a way up', given: '../../etc/passwd', shown: '..\uFF0F..\uFF0Fetc\uFF0Fpasswd.jpg' },
  { about: 'an absolute path', given: '/etc/shadow.jpg', shown: '\uFF0Fetc\uFF0Fshadow.jpg' },
  { about: 'a slash inside', given: 'a/b.jpg', shown: 'a\uFF0Fb.jpg' },
  { about: 'a slash alone', given: '/', shown: '\uFF0F.jpg' },
  { about: 'NUL', given: 'nul\0nul.jpg', shown: 'nul\u2400nul.jpg' },
  { about: 'a newline', given: 'two\nlines.jpg', shown: 'two\u240Alines.jpg' },
  { about: 'escape and delete', given: '\u001b[31mred\u007f.jpg', shown: '\u241B[31mred\u2421.jpg' },
  { about: 'a control of the upper range', given: 'next\u0085line.jpg', shown: 'next\uFFFDline.jpg' },
  { about: '300 bytes', given: `${'x'.repeat(296)}.jpg`, shown: `${'x'.repeat(251)}.jpg` },
  { about: '300 bytes of two-byte letters', given: `${'é'.repeat(148)}.jpg`, shown: `${'é'.repeat(125)}.jpg` },
  { about: '300 bytes of emoji', given: '🦔'.repeat(75), shown: `${'🦔'.repeat(62)}.jpg` },
  { about: 'decomposed letters', given: 'Cafe\u0301.jpg', shown: 'Café.jpg' },
  { about: 'emoji', given: '👩‍👩‍👧 at the 🏖️.jpg', shown: '👩‍👩‍👧 at the 🏖️.jpg' },
  { about: 'half a character', given: 'half\ud83e.jpg', shown: 'half\uFFFD.jpg' },
  { about: 'a leading dash', given: '-rf.jpg', shown: '-rf.jpg' },
  { about: 'a leading dot', given: '.hidden.jpg', shown: '.hidden.jpg' },
  { about: 'only an extension', given: '.jpg', shown: '.jpg.jpg' },
  { about: 'no extension', given: 'IMG_0001', shown: 'IMG_0001.jpg' },
  { about: 'a trailing dot', given: 'end.', shown: 'end.jpg' },
  { about: 'a date for an ending', given: '2024.07.19', shown: '2024.07.19.jpg' },
  { about: 'a name Windows reserves', given: 'CON', shown: 'CON.jpg' },
  { about: 'the same with an extension', given: 'nul.jpg', shown: 'nul.jpg' },
  { about: 'quotes and dollars', given: `"$(rm -rf ~)\`'\\.jpg`, shown: `"$(rm -rf ~)\`'\\.jpg` },
  { about: 'right-to-left text', given: 'תמונה.jpg', shown: 'תמונה.jpg' },
  {
    about: 'a byte order mark and zero widths',
    given: '\uFEFFzero\u200B wi\u2060dth.j\u200Bpg',
    shown: 'zero width.jpg',
  },
  {
    about: 'marks and overrides of direction',
    given: '\u200Ere\u200Fv\u202A\u202B\u202C\u202Dgpj.\u202E\u2066\u2067\u2068\u2069exe.png',
    shown: 'revgpj.exe.png',
  },
  { about: 'a joiner between letters', given: 'می\u200Cروم.jpg', shown: 'می\u200Cروم.jpg' },
  { about: 'letters composed by a removal', given: 'Zoe\u200B\u0308.jpg', shown: 'Zoë.jpg' },
  { about: 'a view’s own name', given: 'README.txt', shown: 'README.txt' },
  { about: 'a prototype’s name', given: '__proto__', shown: '__proto__.jpg' },
];

/** Names that are one name where case or composition is ignored: each item of a group has to be seen. */
export const HOSTILE_TWINS: readonly (readonly string[])[] = [
  ['IMG_1.jpg', 'IMG_1.jpg', 'IMG_1.jpg'],
  ['Beach.JPG', 'beach.jpg', 'BEACH.jpg'],
  ['Caf\u00e9 2.jpg', 'Cafe\u0301 2.jpg'],
  ['Straße.jpg', 'STRASSE.jpg'],
  ['unseen.jpg', 'un\u200Bseen.jpg', '\u202Eunseen.jpg'],
  [`${'y'.repeat(255)}1.jpg`, `${'y'.repeat(255)}2.jpg`],
];

export const HOSTILE_TITLES: readonly HostileName[] = [
  { about: 'empty', given: '', shown: 'Untitled album' },
  { about: 'a dot', given: '.', shown: '\uFF0E' },
  { about: 'two dots', given: '..', shown: '\uFF0E\uFF0E' },
  { about: 'a way up', given: '../x', shown: '..\uFF0Fx' },
  { about: 'a slash', given: 'Trips/Rome', shown: 'Trips\uFF0FRome' },
  { about: 'NUL and newline', given: 'a\0b\nc', shown: 'a\u2400b\u240Ac' },
  { about: '300 bytes', given: 'z'.repeat(300), shown: 'z'.repeat(255) },
  { about: 'decomposed letters', given: 'Zu\u0308rich', shown: 'Zürich' },
  { about: 'emoji', given: '🎉', shown: '🎉' },
  { about: 'marks that cannot be seen', given: '\uFEFFO\u200Bs\u2069lo', shown: 'Oslo' },
  { about: 'a joiner between letters', given: 'می\u200Cروم', shown: 'می\u200Cروم' },
  { about: 'a leading dash', given: '-v', shown: '-v' },
  { about: 'a leading dot', given: '.secret', shown: '.secret' },
  { about: 'a name Windows reserves', given: 'CON', shown: 'CON' },
  { about: 'what looks like an extension', given: 'Dr.Who', shown: 'Dr.Who' },
];

export const HOSTILE_TITLE_TWINS: readonly (readonly string[])[] = [
  ['Summer', 'Summer'],
  ['winter', 'Winter', 'WINTER'],
  ['Trip', 'Trip\u200B', '\u2066Trip'],
];
