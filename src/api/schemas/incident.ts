import { described, flag, list, object, oneOf, optional, text, time, type Value, whole } from "../schema.ts";
import { priority } from "./common.ts";

/** Relations of an alert to the alert of the incident, closest relation first. */
export const incidentRelations = ["process", "lineage", "request", "call", "pod", "flow", "container"] as const;

const IncidentProcess = object({
  parent: optional(whole("Position of the parent in `processes`. Parents never form a cycle.")),
  pid: whole("0 if unknown."),
  name: text(),
  cmdline: text(),
  exepath: optional(text()),
  user: optional(text()),
  time: optional(time("Start time.")),
  hostname: text(),
});
export type IncidentProcess = Value<typeof IncidentProcess>;

const IncidentObject = object({
  kind: described(
    oneOf(["file", "connection", "resource"]),
    "`connection`: the server's end; `resource`: an object of Kubernetes.",
  ),
  name: text(),
});
export type IncidentObject = Value<typeof IncidentObject>;

const IncidentAlert = object({
  id: text(),
  time: time(),
  rule: text(),
  priority,
  source: text(),
  output: text(),
  relation: optional(
    described(
      oneOf(incidentRelations),
      "Missing for the alert of the incident. `process`: same process, its descendants and ancestors; `lineage`: other descendants of its ancestors; `request`: an API request about the pod; `call`: an API request from the pod; `pod`: a process in the pod that the request is about.",
    ),
  ),
  process: optional(whole("Position in `processes`.")),
  objects: list(whole("Position in `objects`.")),
});
export type IncidentAlert = Value<typeof IncidentAlert>;

export const Incident = object({
  alert: text("ID of the alert."),
  processes: list(IncidentProcess),
  objects: list(IncidentObject),
  alerts: list(IncidentAlert),
  more: flag("Whether there are more related alerts. The alerts nearest in time are listed."),
  omitted: object({
    processes: whole("Number of processes that are omitted because of the limit."),
    objects: whole("Number of files, connections and resources that are omitted because of the limits."),
  }),
});
export type Incident = Value<typeof Incident>;
