/**
 * Runs `run` over the items, at most `width` side by side, and yields what it gives in the order of the items.
 * The first error is thrown when its turn comes.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  width: number,
  run: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const result = run(item);
    // Thrown in its turn; never unhandled before, or when the loop is left.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= width) yield await (running.shift() as Promise<R>);
  }
  for (const result of running) yield await result;
}
