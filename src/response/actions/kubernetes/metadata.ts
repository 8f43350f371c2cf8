import { type Facts, factsOf, textsOf } from "../../../transport/json.ts";
import { isStatus } from "../../../transport/kubernetes/error.ts";
import { podPath } from "../../../transport/kubernetes/path.ts";
import type { Action, ActionResult, Parameter } from "../../action.ts";
import { choiceParameter } from "../../parameters.ts";
import { podAction, type Task } from "./kubernetes-action.ts";
import { isLabelValue, isQualifiedName } from "./names.ts";
import { changeNodes, nodePath } from "./node.ts";
import { getPods } from "./permissions.ts";
import type { Pod } from "./pod.ts";
import { podText } from "./target.ts";

/** Properties in which labels and annotations differ. */
interface MetadataKind {
  readonly name: string;
  readonly example: string;
  /** Key in `metadata`. */
  readonly key: "labels" | "annotations";
  readonly parameter: string;
  isValue(text: string): boolean;
}

const MAX_ANNOTATIONS = 256 << 10;
/** Maximum length of previous values in a result, in characters. */
const MAX_BEFORE = 16_384;

export const labels: MetadataKind = {
  name: "kubernetes:label",
  key: "labels",
  parameter: "labels",
  example: 'labels: {suspicious: true, analyst: ""}',
  isValue: isLabelValue,
};

export const annotations: MetadataKind = {
  name: "kubernetes:annotation",
  key: "annotations",
  parameter: "annotations",
  example: "annotations: {example.org/suspicious: true}\nlevel: node",
  isValue: (text) => text.length <= MAX_ANNOTATIONS,
};

/** Creates an action that sets and removes labels or annotations. */
export function metadataAction(marks: MetadataKind): Action {
  return podAction({
    name: marks.name,
    about: `Sets or removes ${marks.key} of the alert's pod or its node. The result contains the previous values as JSON (null for missing values), with which \`kubectl patch\` restores them.`,
    example: marks.example,
    continues: true,
    repeatable: true,
    skipsFailed: true,
    parameters: {
      [marks.parameter]: metadataParameter(marks),
      level: choiceParameter("The object to change.", ["pod", "node"], "pod"),
    },
    ofNode: (parameters) => parameters.level === "node",
    grants: [{ ...getPods, verbs: ["get", "patch"] }, changeNodes],
    async act(pod, task) {
      const wanted = textsOf(task.parameters[marks.parameter]);
      return task.parameters.level === "node" ? onNode(marks, wanted, pod, task) : onPod(marks, wanted, pod, task);
    },
  });
}

async function onPod(marks: MetadataKind, wanted: Texts, pod: Pod, task: Task): Promise<ActionResult> {
  try {
    await patch(task, podPath(pod), { uid: pod.uid, [marks.key]: changes(wanted) });
  } catch (error) {
    if (isStatus(error, 404)) return { outcome: "skipped", reason: `${podText(pod)} no longer exists` };
    // The API server rejects a patch with a different UID (status 422), because the field is immutable.
    if (!isStatus(error, 422) || !error.message.includes("metadata.uid")) throw error;
    return { outcome: "skipped", reason: `${podText(pod)} was replaced in the meantime` };
  }
  const before = changed(wanted, textsOf(factsOf(pod.facts.metadata)[marks.key]));
  return { outcome: "done", answer: `${podText(pod)}: ${sentence(marks, wanted)}${before}` };
}

async function onNode(marks: MetadataKind, wanted: Texts, pod: Pod, task: Task): Promise<ActionResult> {
  if (pod.node === "") return { outcome: "skipped", reason: `${podText(pod)} is not scheduled to a node` };
  const path = nodePath(pod.node);
  const known = await metadataOf(path, task);
  await patch(task, path, { [marks.key]: changes(wanted) });
  const before = known === undefined ? "" : changed(wanted, textsOf(known[marks.key]));
  return { outcome: "done", answer: `node ${pod.node}: ${sentence(marks, wanted)}${before}` };
}

/**
 * Returns the metadata of an object; undefined if the role is from an earlier version and does not allow reading nodes.
 */
async function metadataOf(path: readonly string[], { cluster, signal }: Task): Promise<Facts | undefined> {
  try {
    return factsOf((await cluster.request({ path, signal })).metadata);
  } catch (error) {
    if (isStatus(error, 403)) return undefined;
    throw error;
  }
}

/** Formats the previous values of the keys that changed. */
function changed(wanted: Texts, current: Texts): string {
  const before = Object.entries(wanted).flatMap(([name, value]): [string, string | null][] => {
    const own = Object.hasOwn(current, name) ? (current[name] ?? null) : null;
    return own === (value === "" ? null : value) ? [] : [[name, own]];
  });
  return before.length === 0 ? "; no values changed" : `; before: ${cut(JSON.stringify(Object.fromEntries(before)))}`;
}

function cut(text: string): string {
  return text.length > MAX_BEFORE ? `${text.slice(0, MAX_BEFORE)}…` : text;
}

type Texts = Readonly<Record<string, string>>;

async function patch({ cluster, signal }: Task, path: readonly string[], metadata: Facts): Promise<void> {
  const type = "application/merge-patch+json";
  await cluster.request({ method: "PATCH", path, type, body: { metadata }, signal });
}

/** Returns a JSON merge patch. Null removes a key. */
function changes(wanted: Texts): Facts {
  return Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, value === "" ? null : value]));
}

function sentence({ key }: MetadataKind, wanted: Texts): string {
  const names = (isGone: boolean): string =>
    Object.entries(wanted)
      .filter(([, value]) => (value === "") === isGone)
      .map(([name]) => name)
      .join(", ");
  const put = names(false);
  const removed = names(true);
  return [put && `set the ${key} ${put}`, removed && `removed the ${key} ${removed}`]
    .filter((each) => each !== "")
    .join(" and ");
}

function metadataParameter({ key, isValue }: MetadataKind): Parameter {
  return {
    about: `Keys and values of ${key}. An empty value removes the key.`,
    takes: `keys and values that are valid for Kubernetes ${key}`,
    required: true,
    check(value) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
      const entries = Object.entries(factsOf(value)).map(([name, each]): [string, unknown] => [
        name,
        each === undefined || each === null
          ? ""
          : typeof each === "number" || typeof each === "boolean"
            ? String(each)
            : each,
      ]);
      const isRight = entries.every(
        ([name, each]) => isQualifiedName(name) && typeof each === "string" && each.isWellFormed() && isValue(each),
      );
      return entries.length > 0 && isRight ? Object.fromEntries(entries) : undefined;
    },
  };
}
