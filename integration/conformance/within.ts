import { AssertionError } from "node:assert";

/** The promise's value, or an AssertionError when it takes longer. */
export async function within<T>(
  milliseconds: number,
  promise: Promise<T>,
  what: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${what} did not come within ${String(milliseconds)} ms`;
      reject(new AssertionError({ message }));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks until the answer is the wanted one; an AssertionError when it never is. */
export async function eventually(
  milliseconds: number,
  ask: () => Promise<boolean>,
  what: string,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await ask()))
    if (Date.now() > deadline) {
      const message = `${what}: not so after ${String(milliseconds)} ms`;
      throw new AssertionError({ message });
    }
}
