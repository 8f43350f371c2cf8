import { hash } from "node:crypto";
import { type Document, type Json, member } from "../event/document.ts";
import { TRUNCATED } from "./truncate.ts";

/**
 * The identity of an audit event, which the webhook, the log file and repeated batches share. Clients choose audit IDs, so
 * that an ID alone would let one request hide behind another: the times of the API server are part of the identity. A
 * whole event is not the repetition of a truncated one.
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

/** 132 bits. */
const DIGITS = 22;

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
