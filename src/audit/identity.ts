import { hash } from "node:crypto";
import { type Document, type Json, member } from "../event/document.ts";
import { TRUNCATED } from "./truncate.ts";

/**
 * The identity of an audit event, equal in the webhook, the log file and repeated batches. Clients can choose audit
 * IDs, so the API server's times are part of the identity; otherwise one request could hide another. Complete and
 * truncated events differ.
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
