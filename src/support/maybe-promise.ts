/** A value that is there now where it can be: hot paths skip the microtask that an `async` function would cost. */
export type MaybePromise<T> = T | Promise<T>;
