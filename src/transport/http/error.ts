/**
 * Error for a request that cannot be prepared or sent, is rejected, or receives an invalid response. The message is for
 * the user and contains no secrets.
 */
export class TransportError extends Error {
  /** Error code, such as `ECONNREFUSED` or `TOO_LARGE`; empty if there is none. */
  readonly code: string;

  constructor(message: string, code = "") {
    super(message);
    this.code = code;
  }
}

/** Error code for a response that exceeds its size limit. */
export const TOO_LARGE = "TOO_LARGE";

/** The code of an error, or its name if it has no code. Unlike Node's messages, it never contains sent data. */
export function codeOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  if (!(first instanceof Error)) return "no error";
  return "code" in first && typeof first.code === "string" && first.code !== "" ? first.code : first.name;
}
