/** Runs a task after all earlier tasks with the same key have settled. Errors of tasks are ignored. */
export type InOrder = (key: string, task: () => Promise<void> | void) => void;

/**
 * Runs tasks with the same key one after the other. If a metadata request for a starting container is slow, it must not
 * complete after the container has stopped, because the container would then be reported as running.
 */
export function inOrder(): InOrder {
  const last = new Map<string, Promise<void>>();
  return (key, task) => {
    const done = (last.get(key) ?? Promise.resolve())
      .then(task)
      .catch(() => {}) // without metadata, the container remains unknown
      .finally(() => {
        if (last.get(key) === done) last.delete(key);
      });
    last.set(key, done);
  };
}
