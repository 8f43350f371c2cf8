/** Runs a task after the earlier tasks with the same key have settled. The errors of a task are ignored. */
export type InOrder = (key: string, task: () => Promise<void> | void) => void;

/**
 * Handles the events of each container in their order: a slow request for the metadata of a container that starts must not
 * be answered after its end, which would report another start.
 */
export function inOrder(): InOrder {
  const last = new Map<string, Promise<void>>();
  return (key, task) => {
    const done = (last.get(key) ?? Promise.resolve())
      .then(task)
      .catch(() => {}) // a container whose answer cannot be read is unknown
      .finally(() => {
        if (last.get(key) === done) last.delete(key);
      });
    last.set(key, done);
  };
}
