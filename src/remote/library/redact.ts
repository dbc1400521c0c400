const LONGEST_QUOTE = 200;

/**
 * Makes a text of Google fit for a log, because error texts may repeat what was sent. Removes URLs and anything that
 * looks like a token, an id or a key. Cuts the text to 200 characters.
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
