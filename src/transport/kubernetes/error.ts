import { codeOf, TransportError } from "../http/error.ts";
import { type Facts, factsOf, listOf, numberOf, textOf } from "../json.ts";
import { excerpt } from "../text.ts";

/** Seconds that a server may ask for, at most: timers take no more than some weeks. */
const LONGEST_WAIT = 1_000_000;

/** The API server answered with an error status. The message is one sentence with the server's own words. */
export class ApiError extends Error {
  /** Of HTTP; 0 where a watch reports an error without one. */
  readonly status: number;
  /** Kubernetes' word for it: `NotFound`, `Conflict`, … */
  readonly reason: string;
  /** Seconds after which a request may be repeated, where the server states that. */
  readonly retryAfter: number | undefined;
  /** The reasons of single causes: `DisruptionBudget`, … */
  readonly causes: readonly string[];

  /** @param body a Status object, or whatever came in its place */
  constructor(status: number, body: Facts, retryAfter?: number) {
    const words = excerpt(textOf(body.message));
    super(`the API server ${meanings.get(status) ?? `answered with status ${status}`}${words && `: ${words}`}`);
    const details = factsOf(body.details);
    this.status = status;
    this.reason = textOf(body.reason);
    const stated = retryAfter ?? numberOf(details.retryAfterSeconds);
    this.retryAfter = stated === undefined ? undefined : Math.min(Math.max(stated, 0), LONGEST_WAIT);
    this.causes = listOf(details.causes).map((cause) => textOf(cause.reason));
  }
}

const meanings: ReadonlyMap<number, string> = new Map([
  [400, "does not take that (400)"],
  [401, "does not know us (401)"],
  [403, "does not allow that (403)"],
  [404, "does not have that (404)"],
  [409, "has another state of it (409)"],
  [422, "finds that wrong (422)"],
  [429, "asks for patience (429)"],
]);

export function isStatus(error: unknown, ...statuses: readonly number[]): error is ApiError {
  return error instanceof ApiError && statuses.includes(error.status);
}

/** A connection failure in a sentence. Other errors are sentences already. */
export function unreachable(error: unknown): Error {
  if (error instanceof TransportError) return error;
  return new TransportError(`the API server can't be reached: ${codeOf(error)}`, codeOf(error));
}

export const TIMED_OUT = "ETIMEDOUT";

export function timedOut(): Error {
  return new TransportError("the API server did not answer in time", TIMED_OUT);
}
