/** A queue of messages between the callback that receives them and the loop that reads them. */
export interface Queue<T> extends AsyncIterable<T> {
  readonly length: number;
  push(item: T): void;
  /** Ends the iteration after the last queued message, with an error if one is given. */
  end(error?: Error): void;
}

export function openQueue<T>(): Queue<T> {
  const items: T[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake = (): void => {};
  return {
    get length() {
      return items.length;
    },
    push(item) {
      items.push(item);
      wake();
    },
    end(error) {
      ended = true;
      failure ??= error;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        for (let item = items.shift(); item !== undefined; item = items.shift()) yield item;
        if (ended) {
          if (failure !== undefined) throw failure;
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
