/** Runs a task after the earlier tasks with the same key have settled. The errors of a task are ignored. */
export type InOrder = (key: string, task: () => Promise<void> | void) => void;

/**
 * Handles the events of each container in their order: a slow metadata request for a starting container must not
 * complete after the container has ended, since that would report another start.
 */
export function inOrder(): InOrder {
  const last = new Map<string, Promise<void>>();
  return (key, task) => {
    const done = (last.get(key) ?? Promise.resolve())
      .then(task)
      .catch(() => {}) // a container whose response cannot be read is unknown
      .finally(() => {
        if (last.get(key) === done) last.delete(key);
      });
    last.set(key, done);
  };
}
