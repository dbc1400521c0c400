import { withoutSecrets } from '../support/without-secrets.js';

/**
 * Removes what must not leave the machine: tokens, client secrets, URLs, long ids, e-mail addresses, user and file
 * names in paths of the home folder.
 */
export function redacted(text: string, home: string): string {
  const withoutHome = home.length > 1 ? text.replaceAll(home, '~') : text;
  return withoutSecrets(withoutHome)
    .replace(/\b[\w-]+\.apps\.googleusercontent\.com\b/g, '[client]')
    .replace(/\b[\w.+-]+@[\w-]+\.[\w.-]+/g, '[e-mail]')
    .replace(
      /\bhttps?:\/\/(?!(?:console\.cloud|console\.developers|takeout|photos|myaccount)\.google\.com)[^\s"')]+/g,
      '[address]',
    )
    .replace(/\/(?:home|Users)\/[^/\s"]+/g, '~')
    .replace(/(?:media|album|feature|upload)\/[^\n"']*\.\w{2,5}\b/g, '[file]')
    .replace(/[\w+=-]{24,}/g, '[id]');
}
