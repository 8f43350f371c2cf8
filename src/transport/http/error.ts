/**
 * Another system cannot be reached, rejects a request, or responds with invalid data. The message is one sentence and contains
 * no secret.
 */
export class TransportError extends Error {
  /** The system's name of the cause, such as `ECONNREFUSED`; "" if there is none. */
  readonly code: string;

  constructor(message: string, code = "") {
    super(message);
    this.code = code;
  }
}

/** The code of an answer that is larger than it may be. */
export const TOO_LARGE = "TOO_LARGE";

/** The code of an error, otherwise its class. Unlike messages of Node, it never repeats what was sent. */
export function codeOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  if (!(first instanceof Error)) return "no error";
  return "code" in first && typeof first.code === "string" && first.code !== "" ? first.code : first.name;
}
