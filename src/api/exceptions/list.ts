import type { LoadedRule, LoadedRules } from "../agent-view.ts";
import type { ExceptionsOnDisk } from "../dependencies.ts";
import type { ExceptionList, ManagedException } from "../schemas/exception.ts";
import { exceptionQuery, type StatedException, statedExceptions } from "./describe.ts";
import { type ExceptionEntry, linesOf } from "./entries.ts";

/** Maximum number of alternatives that are listed for an exception. */
const MAX_ALTERNATIVES = 20;
/** Maximum number of values that are listed for a comparison. */
const MAX_VALUES = 50;

/**
 * Lists the exceptions of a file.
 * @param loaded the exceptions in the currently loaded file, without metadata
 * @param isQuery whether the store can evaluate a query
 */
export function exceptionList(
  disk: ExceptionsOnDisk,
  rules: LoadedRules,
  loaded: ReadonlySet<string>,
  isQuery: (query: string) => boolean,
): ExceptionList {
  const byName = new Map(rules.rules.map((rule) => [rule.name, rule]));
  const lists = listNames(rules);
  const skipped = new Set(
    rules.warnings.flatMap(({ file, line, code }) => (file === disk.file && code === "LOAD_UNKNOWN_ITEM" ? line : [])),
  );
  const { file, problem, entries, others, removed } = disk;
  return {
    file,
    ...(problem !== undefined && { problem }),
    exceptions: entries.map((entry): ManagedException => {
      const rule = byName.get(entry.rule);
      const revert = disk.reverts.get(entry.id);
      return {
        ...described(entry, rule, lists, isQuery),
        ruleExists: rule !== undefined,
        loaded: rule !== undefined && loaded.has(entry.yaml) && !isSkipped(entry, skipped),
        ...(revert && { revert: { kind: revert.kind, user: revert.user, time: revert.time } }),
      };
    }),
    others,
    removed: removed.map(({ reason, expires, before: _, ...one }) => ({
      ...{ ...one, yaml: lf(one.yaml) },
      ...(reason && { reason }),
      ...(expires !== undefined && { expires }),
    })),
  };
}

type Described = Omit<ManagedException, "ruleExists" | "loaded" | "revert">;

function described(
  { id, version, line, rule: name, yaml, node, metadata = undefined, fixed, problem }: ExceptionEntry,
  rule: LoadedRule | undefined,
  lists: ReadonlySet<string>,
  isQuery: (query: string) => boolean,
): Described {
  const { user, time, reason, expires, changed } = metadata ?? {};
  const stated = statedExceptions(node, rule?.exceptions ?? []);
  const query = exceptionQuery(name, stated, lists);
  return {
    ...{ id, version, line, rule: name, yaml: lf(yaml), compares: stated.map(shortened) },
    ...(query !== undefined && isQuery(query) && { query }),
    ...(user !== undefined && { user }),
    ...(time !== undefined && { time }),
    ...(reason !== undefined && { reason }),
    ...(expires !== undefined && { expires }),
    ...(changed && { changed: { user: changed.user, time: changed.time } }),
    ...(fixed !== undefined && { fixed }),
    ...(problem !== undefined && { problem }),
  };
}

function shortened({ name, alternatives }: StatedException): ManagedException["compares"][number] {
  return {
    name,
    alternatives: alternatives
      .slice(0, MAX_ALTERNATIVES)
      .map((comparisons) => comparisons.map((one) => ({ ...one, values: one.values.slice(0, MAX_VALUES) }))),
    more: Math.max(0, alternatives.length - MAX_ALTERNATIVES),
  };
}

/** Whether a warning for one of the lines of an exception states that the exception is skipped. */
function isSkipped(entry: ExceptionEntry, skipped: ReadonlySet<number>): boolean {
  const { first, last } = linesOf(entry);
  return [...skipped].some((one) => one >= first && one <= last);
}

function lf(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

const names = new WeakMap<LoadedRules, ReadonlySet<string>>();

/** Names of lists in the loaded files. */
function listNames(rules: LoadedRules): ReadonlySet<string> {
  const known = names.get(rules);
  if (known !== undefined) return known;
  const found = new Set<string>();
  for (const { text } of rules.files)
    for (const [, name = ""] of text.matchAll(/^\s*-?\s*list:[ \t]*["']?([^\s"'#]+)/gm)) found.add(name);
  names.set(rules, found);
  return found;
}
