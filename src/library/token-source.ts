/**
 * Returns a valid access token. `refused` is a token that just got a 401: the result is then another, new one. Rejects
 * with RemoteError.
 */
export type TokenSource = (refused?: string) => Promise<string>;
