/** Gives a valid access token. `refused` is a token that just got a 401: the answer is then a different, fresh one. Rejects with RemoteError. */
export type TokenSource = (refused?: string) => Promise<string>;
