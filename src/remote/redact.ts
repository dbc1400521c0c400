const LONGEST_QUOTE = 200;

/**
 * Google's own words made fit for a log: addresses and anything that looks like a token, an id or a key are left out,
 * because error texts may repeat what was sent. Cut to 200 characters.
 */
export function quoteSafely(text: string): string {
  const safe = text
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .replace(/\b(?:https?|wss?):\/\/\S+/gi, '…')
    .replace(/\b(?:bearer|ya29\.|1\/\/|GOCSPX-)\s*\S*/gi, '…')
    .replace(/[\w+/=.~-]{24,}/g, '…')
    .trim();
  return safe.length > LONGEST_QUOTE ? `${safe.slice(0, LONGEST_QUOTE - 1)}…` : safe;
}
