import type { Vocabulary } from "../../condition/bind.ts";
import { type Bound, forEachLeaf } from "../../condition/bound.ts";
import type { Topic } from "../../field/role.ts";
import { changes, rolesOf } from "../../field/roles.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";

/** Looks up the fields of a source. */
export type Words = Pick<Vocabulary, "lookup">;

/** Topics of the fields that describe the object of an action. */
const OBJECTS: ReadonlySet<Topic> = new Set(["file", "path", "object", "server", "peer", "destination", "signature"]);
/** Fields that contain paths but have no topic. */
const PATHS =
  /^(?:fs\.path\.(?:name|source|target)|evt\.(?:raw)?arg[.[](?:target|oldpath|newpath|linkpath|path|pathname|filename|name)\]?)$/;
/**
 * Fields that describe the event, the machine, the workload or the user. They do not contain subjects unless they are
 * object fields.
 */
const SURROUNDINGS = /^(?:evt|user|group|container|k8s|k8smeta|host|cluster|cloud|static)\./;
const COMMAND = "proc.cmdline";

/**
 * The field that contains the subject of a rule. In order of precedence: an object field in both output and condition,
 * an object field in the output, the command line in the output, an object field in the condition, the first other
 * suitable field in the output. Undefined if no field is suitable.
 */
export function subjectField({ template, bound }: LoadedRule): string | undefined {
  const printed = template.fields.map(({ name }) => name);
  const tested = new Set<string>();
  collectFields(bound.condition, tested);
  const both = printed.filter((name) => tested.has(name));
  return (
    both.find(isObject) ??
    printed.find(isObject) ??
    (printed.includes(COMMAND) ? COMMAND : undefined) ??
    [...tested].find(isObject) ??
    printed.find((name) => !SURROUNDINGS.test(name) && !changes(name))
  );
}

function isObject(name: string): boolean {
  const { about, as } = rolesOf(name);
  return PATHS.test(name) || (about !== undefined && as !== "trait" && OBJECTS.has(about));
}

function collectFields(condition: Bound, into: Set<string>): void {
  forEachLeaf(condition, (leaf) => {
    const subject = leaf.kind === "pair" ? leaf.left : leaf.kind === "own" ? leaf : leaf.subject;
    if (subject.field !== undefined) into.add(subject.field);
  });
}
