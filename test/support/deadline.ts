/** Rejects with a sentence about `what` when `promise` takes longer than `ms`; `onLate` runs then, to free who waits. */
export async function withDeadline<T>(
  promise: Promise<T>,
  ms: number,
  what: string,
  onLate?: () => Promise<void>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  try {
    const outcome = await Promise.race([promise.then((value) => ({ value })), late]);
    if (outcome !== 'late') return outcome.value;
    await onLate?.();
    promise.catch(() => undefined);
    throw new Error(`${what} took longer than ${ms} ms`);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks until the answer is true; rejects when it is not within `ms`. */
export async function eventually(what: string, ask: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
