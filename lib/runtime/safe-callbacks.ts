import { cannot } from '../system/os-errors.js';

type Abortable = { signal?: AbortSignal | undefined };

/**
 * Makes a call with callbacks that are safe to call from anywhere: the first one that throws, or whose promise rejects,
 * aborts the call, which then rejects with that error. What a limit or a policy of the system has refused
 * becomes an error of ours.
 * @param given functions whose names begin with `on` are the callbacks
 * @param call gets the same options, with those callbacks and a signal
 */
export async function withSafeCallbacks<O extends Abortable, T>(
  given: O,
  call: (options: O) => Promise<T>,
): Promise<T> {
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
  try {
    return await call({ ...given, ...safe, signal: controller.signal });
  } catch (error) {
    throw cannot('go on', error);
  } finally {
    signal?.removeEventListener('abort', follow);
  }
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
