import { inOrder, type RuleResource } from "../../context/kubernetes/rule-resources.ts";
import type { RuleFile } from "../../rule/location.ts";
import { Failure, FilesChanged, InvalidRules } from "../failure.ts";

/** The EyasRules resources to load. */
export interface ResourceSet {
  /** The current resources, sorted. */
  readonly wanted: readonly RuleResource[];
  /** The versions of resources that are in use, by name. A version stays in use if a newer version is rejected. */
  readonly inUse: ReadonlyMap<string, RuleResource>;
  /**
   * Versions that exceeded a limit in an attempt. These versions are not loaded again, because an attempt takes
   * minutes.
   */
  readonly exhausting?: readonly RuleResource[];
}

/** A version of a resource that could not be loaded. */
export interface RejectedResource {
  readonly resource: RuleResource;
  /** The first error, as `eyasrules/NAME:LINE:COLUMN: MESSAGE`, or another reason; a sentence without a period. */
  readonly reason: string;
}

/** The outcome of loading EyasRules resources. */
export interface LoadedResources {
  readonly wanted: readonly RuleResource[];
  readonly inUse: readonly RuleResource[];
  readonly exhausting?: readonly RuleResource[];
  readonly rejected: readonly RejectedResource[];
}

/** Maximum number of attempts in which resources with errors are replaced by the versions in use. */
const ROUNDS = 5;
/**
 * Maximum number of additional attempts to find resources that cannot be loaded, for example because of a limit.
 */
const MOST_ATTEMPTS = 24;

/** Returns a resource as a rule file. */
export function fileOf({ name, text }: RuleResource): RuleFile {
  return { name: `eyasrules/${name}`, text };
}

/** Loads all rule files, and these files from resources. @throws InvalidRules if files have errors; Failure */
export type Attempt<Result> = (files: readonly RuleFile[]) => Promise<Result>;

/**
 * Loads as many resources as possible. A resource that cannot be loaded is replaced by the version in use, or left out
 * if there is none, so that the error affects neither other resources nor rule files.
 * @throws Failure if the files cannot be loaded even without resources
 */
export async function isolate<Result>(
  { wanted, inUse, exhausting: before = [] }: ResourceSet,
  attempt: Attempt<Result>,
): Promise<readonly [Result, LoadedResources]> {
  const reasons = new Map<string, string>();
  const exhausting = wanted.filter((each) => before.some((one) => isSame(one, each)));
  for (const { name, problem } of wanted) if (problem !== undefined) reasons.set(name, problem);
  for (const { name } of exhausting) reasons.set(name, "loading exceeds a limit; change the resource, or restart Eyas");
  let chosen = wanted.flatMap((each) => (reasons.has(each.name) ? earlier(each, inUse) : [each]));
  const outcome = (result: Result, used: readonly RuleResource[]): readonly [Result, LoadedResources] => [
    result,
    {
      ...{ wanted, inUse: used, exhausting },
      rejected: wanted.flatMap((resource) => {
        const reason = reasons.get(resource.name);
        return reason === undefined ? [] : [{ resource, reason }];
      }),
    },
  ];
  for (let round = 1; round <= ROUNDS; round++) {
    const result = await outcomeOf(attempt, chosen);
    if ("loaded" in result) return outcome(result.loaded, chosen);
    if (chosen.length === 0) throw result.failure;
    const { failure } = result;
    const errors = failure instanceof InvalidRules ? failure.errors : NO_ERRORS;
    const wrong = new Set(chosen.filter((each) => errors.has(fileOf(each).name)));
    if (wrong.size === 0) break; // for example a limit that is exceeded, or an error in a rule file
    for (const each of wrong) if (!reasons.has(each.name)) reasons.set(each.name, reasonFor(each, failure));
    chosen = chosen.flatMap((each) => (wrong.has(each) ? earlier(each, inUse) : [each]));
  }
  const { result, used, rejected, exhausting: found } = await search(chosen, inUse, attempt);
  for (const [name, reason] of rejected) if (!reasons.has(name)) reasons.set(name, reason);
  exhausting.push(...found);
  return outcome(result, used);
}

/** The outcome of a search. */
interface Found<Result> {
  readonly result: Result;
  readonly used: readonly RuleResource[];
  /** Reasons by the name of the resource. */
  readonly rejected: ReadonlyMap<string, string>;
  /** Resources that exceed a limit. */
  readonly exhausting: readonly RuleResource[];
}

/**
 * Finds the resources that cannot be loaded by repeatedly halving the set of resources that are not in use yet, and
 * loads the others.
 * @param all resources that cannot be loaded together
 */
async function search<Result>(
  all: readonly RuleResource[],
  inUse: ReadonlyMap<string, RuleResource>,
  attempt: Attempt<Result>,
): Promise<Found<Result>> {
  const rejected = new Map<string, string>();
  const exhausting: RuleResource[] = [];
  let used: readonly RuleResource[] = all.flatMap(({ name }) => inUse.get(name) ?? []);
  let base = await outcomeOf(attempt, used);
  if ("failure" in base && used.length > 0) {
    used = [];
    base = await outcomeOf(attempt, used);
  }
  if ("failure" in base) throw base.failure;
  let result = base.loaded;
  const known = new Set(used);
  const groups = halves(all.filter((each) => !known.has(each)));
  for (let attempts = 0; ; attempts++) {
    const group = groups.shift();
    if (group === undefined) return { result, used, rejected, exhausting };
    if (attempts >= MOST_ATTEMPTS) {
      for (const { name } of group) rejected.set(name, "too many other EyasRules cannot be loaded");
      continue;
    }
    const next = [...used.filter(({ name }) => !group.some((each) => each.name === name)), ...group].sort(inOrder);
    const tried = await outcomeOf(attempt, next);
    if ("loaded" in tried) {
      result = tried.loaded;
      used = next;
      continue;
    }
    const [first] = group;
    if (first !== undefined && group.length === 1) {
      rejected.set(first.name, reasonFor(first, tried.failure));
      if (!(tried.failure instanceof InvalidRules)) exhausting.push(first);
    } else groups.unshift(...halves(group));
  }
}

function halves<Item>(group: readonly Item[]): (readonly Item[])[] {
  const half = Math.ceil(group.length / 2);
  return [group.slice(0, half), group.slice(half)].filter(({ length }) => length > 0);
}

/**
 * Returns the result of an attempt, or the failure if the files cannot be loaded. @throws FilesChanged, and unexpected
 * errors
 */
async function outcomeOf<Result>(
  attempt: Attempt<Result>,
  resources: readonly RuleResource[],
): Promise<{ readonly loaded: Result } | { readonly failure: Failure }> {
  try {
    return { loaded: await attempt(resources.map(fileOf)) };
  } catch (failure) {
    if (!(failure instanceof Failure) || failure instanceof FilesChanged) throw failure;
    return { failure };
  }
}

const NO_ERRORS: InvalidRules["errors"] = new Map();

/**
 * Returns the first error of the resource. If there is none, returns the first error of any file, or the first line of
 * the failure's message.
 */
function reasonFor(resource: RuleResource, failure: Failure): string {
  const [own] = (failure instanceof InvalidRules ? failure.errors.get(fileOf(resource).name) : undefined) ?? [];
  const [first] = failure instanceof InvalidRules ? [...failure.errors.values()].flat() : [];
  return own ?? first ?? failure.message.split("\n", 1)[0]?.replace(/\.$/, "") ?? failure.message;
}

/** Returns the version in use, unless this version is the rejected version. */
function earlier(rejected: RuleResource, inUse: ReadonlyMap<string, RuleResource>): RuleResource[] {
  const before = inUse.get(rejected.name);
  return before === undefined || isSame(before, rejected) ? [] : [before];
}

/** Whether two resources have the same content. */
export function isSame(one: RuleResource, other: RuleResource): boolean {
  return one.uid === other.uid && one.generation === other.generation;
}
