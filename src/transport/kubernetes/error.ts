import { codeOf, TransportError } from "../http/error.ts";
import { type Facts, factsOf, listOf, numberOf, textOf } from "../json.ts";
import { excerpt } from "../text.ts";

/** Maximum Retry-After, in seconds. Timers cannot exceed a few weeks. */
const LONGEST_WAIT = 1_000_000;

/** An error status of the API server. The message for the user includes the server's message. */
export class ApiError extends Error {
  /** HTTP status; 0 if a watch reports an error without a status. */
  readonly status: number;
  /** Reason in the response: `NotFound`, `Conflict`, … */
  readonly reason: string;
  /** Number of seconds after which the request may be repeated, if the server specifies it. */
  readonly retryAfter: number | undefined;
  /** Reasons of the individual causes: `DisruptionBudget`, … */
  readonly causes: readonly string[];

  /** @param body a Status object, or any other body */
  constructor(status: number, body: Facts, retryAfter?: number) {
    const words = excerpt(textOf(body.message));
    super(`the API server ${meanings.get(status) ?? `responded with status ${status}`}${words && `: ${words}`}`);
    const details = factsOf(body.details);
    this.status = status;
    this.reason = textOf(body.reason);
    const stated = retryAfter ?? numberOf(details.retryAfterSeconds);
    this.retryAfter = stated === undefined ? undefined : Math.min(Math.max(stated, 0), LONGEST_WAIT);
    this.causes = listOf(details.causes).map((cause) => textOf(cause.reason));
  }
}

const meanings: ReadonlyMap<number, string> = new Map([
  [400, "does not accept the request (400)"],
  [401, "does not accept the credentials (401)"],
  [403, "does not allow the request (403)"],
  [404, "cannot find the object (404)"],
  [409, "reports a conflict (409)"],
  [422, "reports an invalid object (422)"],
  [429, "limits the rate of requests (429)"],
]);

export function isStatus(error: unknown, ...statuses: readonly number[]): error is ApiError {
  return error instanceof ApiError && statuses.includes(error.status);
}

/** Converts a connection error to an error with a message for the user. Returns a TransportError unchanged. */
export function unreachable(error: unknown): Error {
  if (error instanceof TransportError) return error;
  return new TransportError(`cannot connect to the API server: ${codeOf(error)}`, codeOf(error));
}

export const TIMED_OUT = "ETIMEDOUT";

export function timedOut(): Error {
  return new TransportError("the API server did not respond in time", TIMED_OUT);
}
