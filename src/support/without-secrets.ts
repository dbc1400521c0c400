/**
 * Beginnings of Google's access tokens, refresh tokens, codes and client secrets, and of the header that carries one.
 */
const SECRET = /\b(?:bearer\s+|ya29\.|1\/\/|GOCSPX-)[\w.~+/=%-]*|\b4\/0[\w.~+/=%-]{8,}/gi;

/** A text for a log or a report in which nothing is left of what looks like a secret, wherever it came from. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET, '[secret]');
}
