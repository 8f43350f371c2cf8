const LIMIT = "stackTraceLimit";

/** Sets the number of stack frames that V8 records for new errors. @returns the previous limit */
export function setStackLimit(frames: unknown): unknown {
  const before: unknown = Reflect.get(Error, LIMIT);
  Reflect.set(Error, LIMIT, frames);
  return before;
}
