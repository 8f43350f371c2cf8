/**
 * Another system cannot be reached, refuses, or answers what makes no sense. The message is one sentence for people and holds
 * no secret.
 */
export class TransportError extends Error {
  /** The system's name of the cause, such as `ECONNREFUSED`; "" where there is none. */
  readonly code: string;

  constructor(message: string, code = "") {
    super(message);
    this.code = code;
  }
}

/** The system's name of an error, else its class: Node's own messages may repeat what was sent, these names do not. */
export function codeOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  if (!(first instanceof Error)) return "no error";
  return "code" in first && typeof first.code === "string" && first.code !== "" ? first.code : first.name;
}
