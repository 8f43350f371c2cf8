import { excerpt, withoutSecrets } from "../../transport/text.ts";
import { type Delivery, delivered } from "../output.ts";

/** The response of a receiver, or the reason why there is no response. */
export type HttpAnswer =
  | { readonly status: number; readonly body: string; readonly wait: number | undefined }
  | { readonly status: undefined; readonly reason: string; readonly timedOut: boolean };

/** Maximum accepted Retry-After in milliseconds. */
const LONGEST_WAIT = 3_600_000;

/**
 * The meaning of an error status, for all outputs over HTTP.
 * - `transient`: a temporary failure of the receiver.
 * - `persistent`: the failure persists until an administrator fixes configuration, address or receiver.
 * - `ambiguous`: persistent, or a filter in front of the receiver rejects the content.
 * - `rejected`: the receiver permanently rejects the content.
 */
export type Meaning = "transient" | "persistent" | "ambiguous" | "rejected";

/** Meanings of error statuses below 500 (RFC 9110, 6585, 8470). All others are persistent. */
const meanings: ReadonlyMap<number, Meaning> = new Map([
  [400, "rejected"],
  [403, "ambiguous"], // missing permission, or a web application firewall
  [404, "ambiguous"],
  [405, "ambiguous"],
  [406, "ambiguous"],
  [408, "transient"],
  [409, "rejected"],
  [413, "rejected"],
  [415, "ambiguous"],
  [422, "rejected"],
  [425, "transient"],
  [429, "transient"],
]);

export function meaningOf(status: number): Meaning {
  return status >= 500 ? "transient" : (meanings.get(status) ?? "persistent");
}

/**
 * Converts an HTTP response to the outcome of a delivery.
 * @param secrets strings to remove from the reason
 */
export function deliveryOf(answer: HttpAnswer, secrets: readonly string[]): Delivery {
  if (answer.status === undefined) return { outcome: "retry", reason: answer.reason, unreachable: true };
  const { status, body, wait } = answer;
  if (status >= 200 && status < 300) return delivered;
  const reason = `status ${status}${afterColon(withoutSecrets(body, secrets))}`;
  const meaning = meaningOf(status);
  if (meaning === "rejected") return { outcome: "rejected", reason };
  const about = status >= 300 && status < 400 ? " (redirects are not followed)" : "";
  return {
    outcome: "retry",
    reason: reason + about,
    ...(wait !== undefined && { wait }),
    ...(meaning !== "transient" && { persistent: true }),
    ...(meaning === "ambiguous" && { ambiguous: true }),
  };
}

/**
 * Parses a Retry-After header with seconds or a date.
 * @returns milliseconds
 */
export function waitOf(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_WAIT);
}

/** The beginning of untrusted text as one line, after a colon; empty if the text is empty. */
export function afterColon(text: string): string {
  const line = excerpt(text);
  return line === "" ? "" : `: ${line}`;
}
