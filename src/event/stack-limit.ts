const LIMIT = "stackTraceLimit";

/** Sets the number of frames that new errors record, which is a property of V8. @returns the number before */
export function setStackLimit(frames: unknown): unknown {
  const before: unknown = Reflect.get(Error, LIMIT);
  Reflect.set(Error, LIMIT, frames);
  return before;
}
