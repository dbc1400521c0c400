import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRefreshToken } from '../../../src/auth/refresh-token-text.js';

const TOKEN = '1//0abc-DEF_ghi';
const RCLONE = `{"access_token":"ya29.canary","token_type":"Bearer","refresh_token":"${TOKEN}","expiry":"2026-01-01T00:00:00Z"}`;

describe('what is given as a refresh token', () => {
  const TAKEN: Readonly<Record<string, string>> = {
    'the token alone': TOKEN,
    'the token between blanks and line ends': `\r\n  ${TOKEN} \r\n`,
    'the token in double quotes': `"${TOKEN}"`,
    'the token in single quotes': `'${TOKEN}'`,
    'the token in typographic quotes': `“${TOKEN}”`,
    'the token after Bearer': `Bearer ${TOKEN}`,
    'a header with the token': `Authorization: Bearer ${TOKEN}`,
    'a line of JSON': `  "refresh_token": "${TOKEN}",\n`,
    'a line of a shell script': `export GPHOTOS_REFRESH_TOKEN='${TOKEN}';`,
    'a line of an ini file': `refresh_token = ${TOKEN}`,
    'a token with its slashes escaped for the web': '1%2F%2F0abc-DEF_ghi',
    'JSON as Google answers': RCLONE,
    'JSON in quotes of a shell': `'${RCLONE}'`,
    'JSON written as a string of JSON': JSON.stringify(RCLONE),
    'a token line of rclone': `token = ${RCLONE}`,
    'a section of rclone': `[gp]\ntype = google photos\nclient_id = a\ntoken = ${RCLONE}\n\n`,
    'JSON with the token one level down': JSON.stringify({ google: { refreshToken: TOKEN } }),
    'JSON with the token in a string of JSON': JSON.stringify({ token: RCLONE }),
    'JSON of several lines': JSON.stringify({ client_id: 'a', client_secret: 'b', refresh_token: TOKEN }, undefined, 2),
  };
  for (const [form, text] of Object.entries(TAKEN))
    it(`what is given as a refresh token is taken where it is ${form}`, () => {
      assert.deepEqual(readRefreshToken(text), { token: TOKEN });
    });

  const NAMED: readonly (readonly [text: string, what: RegExp])[] = [
    ['ya29.a0canary-canary', /access token/],
    ['Bearer ya29.a0canary-canary', /access token/],
    ['"ya29.a0canary-canary"', /access token/],
    ['4/0canary-canary-canary', /one-time code/],
    ['4%2F0canary-canary-canary', /one-time code/],
    ['http://127.0.0.1:8085/?state=x&code=4/0canary&scope=y', /address with the one-time code/],
    ['https://photos.google.com/canary', /address of the web/],
    ['GOCSPX-canary-canary', /client secret/],
    ['12-canary.apps.googleusercontent.com', /id of an OAuth client/],
    ['AIzaSyCanary-canary', /API key/],
    ['eyJhbGciOi.canary.canary', /identity token/],
    ['-----BEGIN PRIVATE KEY-----\ncanary', /key or a certificate/],
    ['{"installed":{"client_id":"canary","client_secret":"canary"}}', /file of an OAuth client/],
    ['{"type":"service_account","private_key":"canary"}', /service account/],
    ['{"access_token":"ya29.canary"}', /access token and no refresh token/],
    ['{"refresh_token":"ya29.canary-canary"}', /access token/],
    ['{"canary":1}', /JSON without a refresh token/],
    ['token = {"access_token":"canary","refresh_t}', /damaged or cut off/],
  ];
  for (const [text, what] of NAMED)
    it(`what is given as a refresh token is named and not repeated where it is ${text}`, () => {
      const found = readRefreshToken(text);
      assert.ok('what' in found);
      assert.match(found.what ?? '', what);
      assert.match(found.hint ?? '', /gphotos-mount login/);
      assert.doesNotMatch(JSON.stringify(found), /canary/i);
    });

  for (const text of ['', 'short', 'two words of text', 'a\nb', '<html><body>no</body></html>'])
    it(`what is given as a refresh token is neither taken nor named where it is ${JSON.stringify(text)}`, () => {
      assert.deepEqual(readRefreshToken(text), { what: undefined, hint: undefined });
    });
});
