import { hash } from "node:crypto";
import { type Document, type Json, member } from "../event/document.ts";
import { TRUNCATED } from "../event/dry-run.ts";

/**
 * The identity of an audit event. It is the same in the webhook, in the log file and in repeated batches. It includes
 * the API server's times: clients can choose audit IDs, and could otherwise reuse an ID so that a second request is
 * dropped as a duplicate. Complete and truncated events have different identities.
 */
export function identityOf({ value }: Document): string | undefined {
  const text = (key: string): string => textOf(member(value, key));
  const [id, stamp] = [text("auditID"), text("stageTimestamp")];
  if (id === "" || stamp === "") return undefined;
  const cut = textOf(member(member(value, "annotations"), TRUNCATED));
  const user = textOf(member(member(value, "user"), "username"));
  const parts = [
    id,
    text("stage"),
    text("requestReceivedTimestamp"),
    stamp,
    text("verb"),
    text("requestURI"),
    user,
    cut,
  ];
  return hash("sha256", parts.join("\n"), "base64").slice(0, DIGITS);
}

/** Number of characters in an identity: 132 bits. */
const DIGITS = 22;

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
