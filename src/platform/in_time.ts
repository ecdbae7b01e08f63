/**
 * What a promise comes to, if it does in time.
 *
 * @throws Error with the message given when it does not.
 */
export async function inTime<T>(promise: Promise<T>, limitMs: number, message: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(message)), limitMs);
  promise.catch(() => {});
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
