/**
 * A value, or a promise if it is not there yet. Hot paths return values, which saves the microtask of an `async`
 * function.
 */
export type MaybePromise<T> = T | Promise<T>;
