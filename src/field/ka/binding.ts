import { isArray, type Json, type JsonObject, member } from "../../event/document.ts";
import type { Field, Reader } from "../field.ts";
import { plainText, walk } from "../json-value.ts";
import { row, rowWith } from "../row.ts";
import { auditOf, collect, indexedField, listed, textField, textsAt, textsOf } from "./read.ts";

type NameOf = (subject: Json) => string | undefined;

const plainName: NameOf = (subject) => text(member(subject, "name"));

const withNamespace: NameOf = (subject) => {
  const namespace = text(member(subject, "namespace"));
  const name = plainName(subject);
  return namespace === undefined || name === undefined ? undefined : `${namespace}:${name}`;
};

function text(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : plainText(value);
}

/** Reads the names of the subjects of one kind in a binding. */
function subjects(kind: string, nameOf: NameOf): Reader {
  return (event) => {
    const all = walk(auditOf(event), ["requestObject", "subjects"]);
    if (!isArray(all)) return undefined;
    const names = all.map((subject) => (member(subject, "kind") === kind ? nameOf(subject) : undefined));
    return listed(names.filter((name) => name !== undefined));
  };
}

function list(name: string, read: Reader, description: string): Field {
  return row(name, "CHARBUF", read, description, { list: true, testsMembers: true });
}

/** Reads the members of a list in all rules of a role or, with an index, in one rule. */
function ofRules(key: string): (audit: JsonObject, index: number | undefined) => readonly string[] | undefined {
  return (audit, index) => {
    const found = collect(audit, ["requestObject", "rules", key], index);
    return found && textsOf(found.flatMap((each) => (isArray(each) ? each : [])));
  };
}

const BINDING = "For requests with a role binding:";
const ROLE = "For requests with a role:";

/** Fields of roles and bindings. */
export const accessFields: readonly Field[] = [
  list("ka.req.binding.subjects", textsAt("requestObject", "subjects"), `${BINDING} the subjects, each as JSON.`),
  list("ka.req.binding.subjects.user_names", subjects("User", plainName), `${BINDING} the users among the subjects.`),
  list(
    "ka.req.binding.subjects.serviceaccount_names",
    subjects("ServiceAccount", plainName),
    `${BINDING} the service accounts that get the role.`,
  ),
  list(
    "ka.req.binding.subjects.serviceaccount_ns_names",
    subjects("ServiceAccount", withNamespace),
    `${BINDING} the service accounts that get the role, as namespace:name.`,
  ),
  list("ka.req.binding.subjects.group_names", subjects("Group", plainName), `${BINDING} the groups that get the role.`),
  textField("ka.req.binding.role", ["requestObject", "roleRef", "name"], `${BINDING} the name of the role.`),
  rowWith(
    "ka.req.binding.subject.has_name",
    "CHARBUF",
    () => (event) => (auditOf(event) === undefined ? undefined : "true"),
    "Always true. Only for old rules; use ka.req.binding.subjects.",
    { argument: { required: true, index: false, key: true } },
  ),
  list("ka.req.role.rules", textsAt("requestObject", "rules"), `${ROLE} the rules of the role, each as JSON.`),
  indexedField("ka.req.role.rules.apiGroups", ofRules("apiGroups"), `${ROLE} the API groups that the rules name.`),
  indexedField(
    "ka.req.role.rules.nonResourceURLs",
    ofRules("nonResourceURLs"),
    `${ROLE} the non-resource URLs in the rules.`,
  ),
  indexedField("ka.req.role.rules.verbs", ofRules("verbs"), `${ROLE} the verbs that the rules allow.`),
  indexedField("ka.req.role.rules.resources", ofRules("resources"), `${ROLE} the resources that the rules name.`),
];
