import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../../config/load.ts";
import { readLimited } from "../../config/read-limited.ts";
import { type RuleResource, resourceLimits } from "../../context/kubernetes/rule-resources.ts";
import { makeFolder } from "../../journal/folder.ts";
import { factsOf, jsonOf, listOf, numberOf, textOf } from "../../transport/json.ts";
import { journalFile } from "../delivery/journal.ts";
import { isSame, type LoadedResources, type ResourceSet } from "./isolate.ts";

/** Maximum size of the file in bytes: two versions of each resource, with escapes in JSON. */
const LARGEST = 12 * resourceLimits.allBytes;

export const NO_RESOURCES: ResourceSet = { wanted: [], inUse: new Map() };

/**
 * The file that stores the resources for the next start, at which the API server may not respond; undefined without a
 * journal, since there is then no directory for state.
 */
export function resourcesFile({ journal }: Pick<Config, "journal">): string | undefined {
  return journal.enabled ? join(dirname(journalFile(journal)), "rule-resources.json") : undefined;
}

/** Reads the resources of the last process. Without a valid file, the result is empty. */
export function readResources(file: string | undefined): ResourceSet {
  if (file === undefined) return NO_RESOURCES;
  let text: string;
  try {
    text = readLimited(file, LARGEST);
  } catch {
    return NO_RESOURCES; // the file does not exist yet
  }
  const { wanted, inUse } = factsOf(jsonOf(text));
  const used = listOf(inUse).flatMap(resourceIn);
  return { wanted: listOf(wanted).flatMap(resourceIn), inUse: new Map(used.map((each) => [each.name, each])) };
}

function resourceIn(facts: ReturnType<typeof factsOf>): RuleResource[] {
  const { name, uid, text, problem } = facts;
  const [generation, order] = [numberOf(facts.generation), numberOf(facts.order)];
  if (generation === undefined || order === undefined || textOf(name) === "") return [];
  const resource = { name: textOf(name), uid: textOf(uid), generation, order, text: textOf(text) };
  return [textOf(problem) === "" ? resource : { ...resource, problem: textOf(problem) }];
}

/**
 * Replaces the file atomically.
 * @throws file system errors
 */
export function writeResources(file: string, { wanted, inUse }: Pick<LoadedResources, "wanted" | "inUse">): void {
  makeFolder(dirname(file));
  const fresh = `${file}.${process.pid}`;
  rmSync(fresh, { force: true }); // another user with write access may have created a link
  writeFileSync(fresh, JSON.stringify({ wanted, inUse }), { mode: 0o600, flag: "wx" });
  renameSync(fresh, file);
}

/** Whether two sets contain the same versions in the same order. */
export function areSame(some: readonly RuleResource[], others: readonly RuleResource[]): boolean {
  return (
    some.length === others.length &&
    some.every((each, i) => {
      const other = others[i];
      return other !== undefined && isSame(each, other) && each.name === other.name && each.problem === other.problem;
    })
  );
}
