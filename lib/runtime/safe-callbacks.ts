/** Options with callbacks that do not throw, and a signal that is aborted when one would have. */
export interface SafeCallbacks<O> {
  options: O & { signal: AbortSignal };
  /** the options' own signal is not listened to any more */
  release(): void;
}

/**
 * Makes callbacks of the caller safe to call from anywhere: the first one that throws, or whose promise rejects, aborts
 * the call that they were given to, which then rejects with that error.
 * @param given functions whose names begin with `on` are the callbacks
 */
export function withSafeCallbacks<O extends { signal?: AbortSignal | undefined }>(given: O): SafeCallbacks<O> {
  const { signal } = given;
  const controller = new AbortController();
  const follow = () => controller.abort(signal?.reason);
  if (signal?.aborted) follow();
  signal?.addEventListener('abort', follow, { once: true });
  const fail = (error: unknown) => controller.abort(error ?? new Error('a callback threw nothing'));
  const safe = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      typeof value === 'function' && name.startsWith('on') ? guarded(value as Callback, fail) : (value as unknown),
    ]),
  );
  const options = { ...given, ...safe, signal: controller.signal };
  return { options, release: () => signal?.removeEventListener('abort', follow) };
}

type Callback = (...values: readonly unknown[]) => unknown;

function guarded(callback: Callback, fail: (error: unknown) => void): Callback {
  return (...values) => {
    try {
      const result = callback(...values);
      return result instanceof Promise ? result.catch(fail) : result;
    } catch (error) {
      return fail(error);
    }
  };
}
