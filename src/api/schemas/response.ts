import { list, number, object, optional, text, time, type Value } from "../schema.ts";
import { cursor } from "./common.ts";

/** A response action for an alert. */
export const ResponseRecord = object({
  time: time(),
  response: text("Name of the response rule."),
  action: text(),
  target: text(),
  step: text("State of the action: `waiting`, `asked` (started), `done`, `skipped`, `failed` or `unknown`."),
  reason: optional(text()),
  duration: optional(number("Seconds.")),
  alert: optional(text("ID of the alert.")),
  rule: optional(text()),
});
export type ResponseRecord = Value<typeof ResponseRecord>;

/** A target of a response that can be undone, such as a stopped process or a cordoned node. */
const SuspendedTarget = object({
  id: text(),
  time: time(),
  target: text(),
  action: text("The action that suspended the target."),
  response: text("Name of the response rule."),
});
export type SuspendedTarget = Value<typeof SuspendedTarget>;

export const SuspendedTargets = object({ targets: list(SuspendedTarget) });

export const ResponsePage = object({ responses: list(ResponseRecord), next: cursor });
export type ResponsePage = Value<typeof ResponsePage>;

/** An entry of the audit log: an action of a user, or a rejected sign-in. */
const AuditEntry = object({
  time: time(),
  user: text(),
  address: text(),
  action: text(),
  target: optional(text()),
  detail: optional(text()),
});
export type AuditEntry = Value<typeof AuditEntry>;

export const AuditPage = object({ entries: list(AuditEntry), next: cursor });
export type AuditPage = Value<typeof AuditPage>;
