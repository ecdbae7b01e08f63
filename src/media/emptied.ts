/** How often (ms) it is looked whether a node is empty. */
const LOOK_MS = 100;

/** Resolves when the node is empty, or when its time to become so is over. */
export function emptied(isEmpty: () => boolean, limitMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => isEmpty() && resolve(), LOOK_MS);
  const deadline = setTimeout(resolve, limitMs);
  if (isEmpty()) resolve();
  return promise.finally(() => {
    clearInterval(timer);
    clearTimeout(deadline);
  });
}
