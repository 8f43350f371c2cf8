import { NO_ID } from "../../event/constants.ts";
import type { Reader, Value } from "../../field/field.ts";
import type { Topic } from "../../field/role.ts";
import { fieldsAbout, rolesOf } from "../../field/roles.ts";
import { SYSCALL } from "../../field/sources.ts";
import type { Observed } from "../../machine/observed.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { ShareKey } from "./share.ts";
import { subjectField, type Words } from "./subject.ts";

/** Reads the key of a share from the event of a match. */
export type KeyReader = (event: Observed) => ShareKey;

/** Functions that read the key of each level below the rule. */
export type Path = readonly [
  account: KeyReader,
  user: KeyReader,
  program: KeyReader,
  process: KeyReader,
  subject: KeyReader,
];

/**
 * Topics of the fields that provide the keys of document events, by level. The first field of the source with one of
 * these topics is used.
 */
const topics = {
  account: ["requester", "source"],
  user: ["destination", "namespace"],
  program: ["signature", "object"],
} as const satisfies Record<string, readonly Topic[]>;

/**
 * Determines how the matches of a rule are grouped. If a document source has no field for a level, the subject is the
 * key of this level, so that its documents do not all belong to one account.
 */
export function pathOf(rule: LoadedRule, words: Words | undefined): Path {
  const field = subjectField(rule);
  const subject = keyReader(words && readerOf([field ?? ""], words)) ?? none;
  if (rule.source === SYSCALL) return [account, user, program, process, subject];
  const about = (level: keyof typeof topics): KeyReader => {
    const fields = topics[level].flatMap(fieldsAbout).filter((name) => name !== field && !isName(name, level));
    return keyReader(words && readerOf(fields, words)) ?? subject;
  };
  return [about("account"), about("user"), about("program"), subject, subject];
}

/**
 * Whether a field contains the name of an object. The program level distinguishes only the kinds of objects, not their
 * names.
 */
function isName(name: string, level: keyof typeof topics): boolean {
  const { about, as } = rolesOf(name);
  return level === "program" && about === "object" && as === "name";
}

const none: KeyReader = () => "";

/** The key of the account level: the container; outside containers, the login user; without a login, the user. */
function account({ thread }: Observed): ShareKey {
  if (thread === undefined) return "";
  if (thread.containerId !== "") return thread.containerId;
  return thread.loginuid === NO_ID ? thread.uid : -1 - thread.loginuid;
}

function user({ thread }: Observed): ShareKey {
  return thread === undefined ? "" : thread.uid;
}

function program({ thread }: Observed): ShareKey {
  return thread === undefined ? "" : thread.exepath || thread.comm;
}

/** The key of the process level. Processes are distinguished because a response must act on each process. */
function process({ thread }: Observed): ShareKey {
  return thread === undefined ? "" : thread.pid;
}

/** Returns a function that reads the first field in the list that the source supports. */
function readerOf(fields: readonly string[], words: Words): Reader | undefined {
  for (const name of fields) {
    const use = words.lookup(name);
    if (use !== undefined) return use.field.bind(use.argument);
  }
  return undefined;
}

function keyReader(read: Reader | undefined): KeyReader | undefined {
  return read && ((event) => keyOf(read(event)));
}

function keyOf(value: Value | undefined): ShareKey {
  return typeof value === "string" || typeof value === "number" ? value : value === undefined ? "" : String(value);
}
