import { severities } from "../../posture/finding.ts";
import { categories, kindNames } from "../../posture/kinds.ts";
import { list, object, oneOf, orNull, text, time, type Value, whole } from "../schema.ts";
import { cursor } from "./common.ts";

const objectName = { kind: text(), namespace: text("Empty for cluster-scoped objects."), name: text() };

/** The change that most likely caused a finding, from an alert about an audit event or from the object's metadata. */
const Change = object({
  time: time(),
  user: orNull(text("The user, if an alert about the audit event is stored.")),
  tool: orNull(text("The field manager of the last write, if there is no alert.")),
  alert: orNull(text("ID of the alert.")),
  rule: orNull(text("Rule that raised the alert.")),
});
export type Change = Value<typeof Change>;

const Finding = object({
  kind: oneOf(kindNames),
  category: oneOf(categories),
  severity: oneOf(severities),
  what: text("Title of the kind of finding."),
  why: text("Security impact of the finding, in one sentence."),
  object: object(objectName),
  container: text("Container with the finding. Empty if the finding is about the whole object."),
  detail: text("Details of the finding, such as the path, the capabilities or the subject."),
  pods: whole("Number of pods in the workload; 0 for other objects."),
  since: orNull(time("Creation time of the oldest object that has the finding.")),
  change: orNull(Change),
});
export type Finding = Value<typeof Finding>;

const KindCount = object({ kind: oneOf(kindNames), category: oneOf(categories), what: text(), findings: whole() });
export type KindCount = Value<typeof KindCount>;

export const Posture = object({
  state: oneOf(["absent", "reading", "read"]),
  reason: orNull(text("The reason, if the state is `absent`.")),
  server: text("Address of the API server."),
  read: orNull(time("Time when the objects were read; null until the first read is complete.")),
  workloads: oneOf(["cluster", "node", "none"]),
  node: orNull(text("The node whose pods were read, if `workloads` is `node`.")),
  pods: whole("Number of pods that were read."),
  findings: list(Finding),
  total: whole("Number of findings that match the parameters."),
  next: cursor,
  counts: list(KindCount),
  namespaces: list(text("A namespace with findings; at most 500.")),
  leftOut: whole("Number of findings that are not listed because of the limits."),
  missing: list(object({ permission: text("A permission that the API server denied."), hides: text() })),
  notes: list(text("Missing information, in one sentence.")),
});
export type Posture = Value<typeof Posture>;
