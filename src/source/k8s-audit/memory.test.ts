import { expect, test } from "vitest";
import { isObject, type JsonObject, member } from "../../event/document.ts";
import { openAuditReader } from "./split.ts";

let number = 0;

/** Builds the audit event of a successful change of an object. */
function changed(verb: string, objectRef: JsonObject, object: JsonObject, more: JsonObject = {}): JsonObject {
  const stageTimestamp = new Date(Date.UTC(2026, 10, 27) + number).toISOString();
  return {
    ...{ kind: "Event", auditID: `id-${number++}`, stage: "ResponseComplete", verb, objectRef, stageTimestamp },
    ...{ requestURI: "/x", responseStatus: { code: 200 }, annotations: { a: "b" } },
    ...(verb === "delete" ? { requestObject: { kind: "DeleteOptions" } } : { responseObject: object }),
    ...more,
  };
}

/** Returns the annotations that the reader adds to these events. */
function annotationsOf(...events: readonly JsonObject[]): (JsonObject | undefined)[] {
  const { split } = openAuditReader();
  return events.map((event) => {
    const [document] = split(event, { time: 1n }, 1e6).documents;
    const annotations = isObject(document?.value) ? member(document.value, "annotations") : undefined;
    if (!isObject(annotations)) return undefined;
    const { a: _, ...more } = annotations;
    return more;
  });
}

const everything = { rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] };
const role = (name: string, rules: JsonObject, verb = "create") =>
  changed(verb, { resource: "clusterroles", name }, rules);
const bound = (name: string, kind = "ClusterRole", more: JsonObject = {}) =>
  changed("create", { resource: "rolebindings", namespace: "shop", name: "b" }, { roleRef: { kind, name } }, more);
const WILDCARD = { "eyas/role-grants": "*" };

test("a binding is annotated if its role allows everything", () => {
  expect(annotationsOf(bound("all"), role("all", everything), bound("all"), bound("other"))).toEqual([
    {},
    {},
    WILDCARD,
    {},
  ]);
  const local = changed("create", { resource: "roles", namespace: "shop", name: "all" }, everything);
  expect(annotationsOf(local, bound("all", "Role"), bound("all"))).toEqual([{}, WILDCARD, {}]);
});

test("a role that was changed or deleted no longer allows everything", () => {
  const fewer = { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["*"] }] };
  expect(annotationsOf(role("all", everything), role("all", fewer, "update"), bound("all"))[2]).toEqual({});
  expect(annotationsOf(role("all", everything), role("all", {}, "delete"), bound("all"))[2]).toEqual({});
});

test.each([
  { why: "metadata", responseObject: { kind: "PartialObjectMetadata", metadata: { name: "all" } } },
  { why: "table", responseObject: { kind: "Table", rows: [] } },
  { why: "not acceptable", responseObject: { kind: "Status" }, responseStatus: { code: 406 } },
  { why: "invalid form of a table", responseStatus: { code: 400 }, requestURI: "/x?includeObject=x" },
  { why: "client disconnected", responseStatus: { code: 504 } },
])("a role is stored regardless of the response to its client ($why)", ({ why: _, ...more }) => {
  const hidden = { responseObject: { kind: "Status" }, ...more, requestObject: everything };
  expect(annotationsOf({ ...role("all", everything), ...hidden }, bound("all"))[1]).toEqual(WILDCARD);
  const binding = { ...hidden, requestObject: { roleRef: { kind: "ClusterRole", name: "all" } } };
  expect(annotationsOf(role("all", everything), bound("all", "ClusterRole", binding))[1]).toEqual(WILDCARD);
});

test("a change that may not have been stored does not replace the known state", () => {
  const fewer = { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["*"] }] };
  const late = { responseStatus: { code: 504 }, responseObject: { kind: "Status" } };
  const change = { ...role("all", fewer, "update"), ...late, requestObject: fewer };
  const remove = { ...role("all", {}, "delete"), ...late };
  expect(annotationsOf(role("all", everything), change, remove, bound("all"))[3]).toEqual(WILDCARD);
});

test("failed requests and dry runs change nothing", () => {
  const failed = { ...role("all", everything), responseStatus: { code: 403 } };
  const invalid = { ...role("all", everything), responseStatus: { code: 400 } };
  const dry = { ...role("all", everything), requestURI: "/x?dryRun=All" };
  expect(annotationsOf(failed, invalid, dry, bound("all"))[3]).toEqual({});
  const disguised = { ...role("all", everything), requestURI: "/x?fieldManager=dryRun=All" };
  expect(annotationsOf(disguised, bound("all"))[1]).toEqual(WILDCARD);
});

test("a dry run of a deletion, or a deletion that may be a dry run, deletes nothing", () => {
  const whole = role("all", {}, "delete");
  const dry = { ...whole, requestObject: { kind: "DeleteOptions", dryRun: ["All"] } };
  const { requestObject: _, ...truncated } = role("all", {}, "delete");
  expect(annotationsOf(role("all", everything), dry, truncated, bound("all"))[3]).toEqual(WILDCARD);
  const ignored = { ...whole, requestURI: "/x?dryRun=All" }; // an ignored event beside one with a body
  expect(annotationsOf(role("all", everything), ignored, bound("all"))[2]).toEqual({});
});

const labeled = (level: string | undefined, verb = "update") => {
  const labels = { team: "x", ...(level !== undefined && { "pod-security.kubernetes.io/enforce": level }) };
  return changed(verb, { resource: "namespaces", name: "shop" }, { metadata: { name: "shop", labels } });
};
const lowered = (text: string) => ({ "eyas/pod-security-lowered": text });

test("a namespace is annotated if its level of pod security is lower than before", () => {
  expect(
    annotationsOf(
      ...[labeled("baseline"), labeled("restricted"), labeled("baseline"), labeled(undefined), labeled("restricted")],
      ...[labeled("privileged"), labeled("restricted"), labeled("restricted")],
    ),
  ).toEqual([
    ...[{}, {}, lowered("restricted to baseline"), lowered("baseline to none"), {}],
    ...[lowered("restricted to privileged"), {}, {}],
  ]);
});

test.each(["finalize", "status"])(
  "a namespace whose level is lowered through its subresource %s is annotated",
  (subresource) => {
    const through = (level: string | undefined) => ({
      ...labeled(level),
      objectRef: { resource: "namespaces", name: "shop", subresource },
    });
    expect(
      annotationsOf(
        labeled("restricted"),
        through("baseline"),
        labeled(undefined),
        through("restricted"),
        labeled("baseline"),
      ),
    ).toEqual([
      ...[{}, lowered("restricted to baseline"), lowered("baseline to none")],
      ...[{}, lowered("restricted to baseline")],
    ]);
  },
);

test("an update that lowers the level is annotated even if the response does not contain the namespace", () => {
  const table = (level: string | undefined, more: JsonObject = {}): JsonObject => {
    const { responseObject: requestObject = null, ...event } = labeled(level);
    return { ...event, requestObject, responseObject: { kind: "Table" }, ...more };
  };
  const bare = table(undefined, { requestObject: { metadata: { name: "shop" } } });
  const failed = { responseStatus: { code: 406 } };
  expect(annotationsOf(labeled("restricted"), table("baseline"), bare)).toEqual([
    ...[{}, lowered("restricted to baseline"), lowered("baseline to none")],
  ]);
  const uncertain = [table(undefined, failed), labeled("baseline"), table("restricted", failed), labeled("baseline")];
  expect(annotationsOf(labeled("restricted"), ...uncertain)).toEqual([
    ...[{}, lowered("restricted to none"), lowered("restricted to baseline"), {}, lowered("restricted to baseline")],
  ]);
});

test("a namespace that is created again has no previous level", () => {
  const remove = changed("delete", { resource: "namespaces", name: "shop" }, {});
  const { requestObject: _, ...truncated } = remove;
  const after = (deletion: JsonObject, verb: string) =>
    annotationsOf(labeled("restricted"), deletion, labeled(undefined, verb))[2];
  expect([after(truncated, "create"), after(remove, "update")]).toEqual([{}, {}]);
  expect(after(truncated, "update")).toEqual(lowered("restricted to none"));
});

test("a repeated event gets the same annotations, and another event with the same audit ID does not", () => {
  const lower = labeled(undefined);
  const again = { ...labeled("restricted"), auditID: lower.auditID ?? "" };
  expect(annotationsOf(labeled("restricted"), lower, lower, again, labeled("baseline"))).toEqual([
    ...[{}, lowered("restricted to none"), lowered("restricted to none")],
    ...[{}, lowered("restricted to baseline")],
  ]);
});
