import type { Facts } from "./facts.ts";
import { factsOf, listOf, numberOf, textOf } from "./facts.ts";

/** Characters of a server's own words that are passed on. */
const LONGEST_WORDS = 300;

/** The API server answered that it won't. The message is one sentence. */
export class ApiError extends Error {
  readonly status: number;
  /** Kubernetes' word for it: `NotFound`, `Conflict`, … */
  readonly reason: string;
  /** Seconds after which it may be asked again, where it says so. */
  readonly retryAfter: number | undefined;
  /** What it says of single causes: `DisruptionBudget`, … */
  readonly causes: readonly string[];

  constructor(status: number, body: Facts, retryAfter?: number) {
    const words = plain(textOf(body.message));
    super(`the API server ${meanings.get(status) ?? `answered with status ${status}`}${words && `: ${words}`}`);
    const details = factsOf(body.details);
    this.status = status;
    this.reason = textOf(body.reason);
    this.retryAfter = retryAfter ?? numberOf(details.retryAfterSeconds);
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

/** Words of others in a sentence of ours: one line, nothing that steers a terminal, not endless. */
export function plain(words: string, longest: number = LONGEST_WORDS): string {
  const line = words.replace(/[\p{C}\s]+/gu, " ").trim();
  return line.length > longest ? `${line.slice(0, longest).toWellFormed()}…` : line;
}

export function isStatus(error: unknown, ...statuses: readonly number[]): error is ApiError {
  return error instanceof ApiError && statuses.includes(error.status);
}
