import type { RuleResource } from "../../context/kubernetes/rule-resources.ts";
import type { RuleFile } from "../../rule/location.ts";
import { Failure, FilesChanged, InvalidRules } from "../failure.ts";

/** The EyasRules resources to load. */
export interface ResourceSet {
  /** The current resources, sorted. */
  readonly wanted: readonly RuleResource[];
  /** The version of each resource that is in use, by name. It stays in use if a newer version is rejected. */
  readonly inUse: ReadonlyMap<string, RuleResource>;
}

/** A version of a resource that could not be loaded. */
export interface RejectedResource {
  readonly resource: RuleResource;
  /** The first error, as `eyasrules/NAME:LINE:COLUMN: MESSAGE`, or another reason. A sentence without a period. */
  readonly reason: string;
}

/** The outcome of loading EyasRules resources. */
export interface LoadedResources {
  readonly wanted: readonly RuleResource[];
  readonly inUse: readonly RuleResource[];
  readonly rejected: readonly RejectedResource[];
}

/** Maximum number of attempts in which rejected resources are replaced by their earlier versions. */
const ROUNDS = 5;

/** Returns a resource as a rule file. */
export function fileOf({ name, text }: RuleResource): RuleFile {
  return { name: `eyasrules/${name}`, text };
}

/**
 * Loads as many resources as possible. A resource with errors is replaced by the version that is in use, or left out if
 * there is none, so that it affects neither other resources nor rule files.
 * @param attempt loads all files; throws InvalidRules if some have errors
 * @throws Failure if the failure has another cause than the resources
 */
export async function isolate<Result>(
  { wanted, inUse }: ResourceSet,
  attempt: (files: readonly RuleFile[]) => Promise<Result>,
): Promise<readonly [Result, LoadedResources]> {
  const reasons = new Map<string, string>();
  for (const { name, problem } of wanted) if (problem !== undefined) reasons.set(name, problem);
  let chosen = wanted.flatMap((each) => (each.problem === undefined ? [each] : earlier(each, inUse)));

  const outcome = (result: Result): readonly [Result, LoadedResources] => [
    result,
    {
      ...{ wanted, inUse: chosen },
      rejected: wanted.flatMap((resource) => {
        const reason = reasons.get(resource.name);
        return reason === undefined ? [] : [{ resource, reason }];
      }),
    },
  ];

  let cause = "";
  for (let round = 1; round <= ROUNDS; round++) {
    try {
      return outcome(await attempt(chosen.map(fileOf)));
    } catch (error) {
      if (!(error instanceof Failure) || error instanceof FilesChanged || chosen.length === 0) throw error;
      const errors = error instanceof InvalidRules ? error.errors : NO_ERRORS;
      const wrong = new Set(chosen.filter((each) => errors.has(fileOf(each).name)));
      if (error instanceof InvalidRules && wrong.size === 0) throw error; // a rule file has the error
      cause = firstLine(error.message);
      if (wrong.size === 0) break; // for example a limit that the files exceed together
      for (const each of wrong)
        if (!reasons.has(each.name)) reasons.set(each.name, errors.get(fileOf(each).name)?.[0] ?? cause);
      chosen = chosen.flatMap((each) => (wrong.has(each) ? earlier(each, inUse) : [each]));
    }
  }
  // Which resources cause the failure is unknown: all keep the versions that are in use, if these can be loaded.
  for (const last of [wanted.flatMap(({ name }) => inUse.get(name) ?? []), []]) {
    chosen = last;
    const used = new Map(chosen.map((each) => [each.name, each]));
    for (const each of wanted) {
      const before = used.get(each.name);
      if ((before === undefined || !isSame(before, each)) && !reasons.has(each.name)) reasons.set(each.name, cause);
    }
    try {
      return outcome(await attempt(chosen.map(fileOf)));
    } catch (error) {
      if (!(error instanceof Failure) || error instanceof FilesChanged || chosen.length === 0) throw error;
    }
  }
  throw new Failure(cause);
}

const NO_ERRORS: InvalidRules["errors"] = new Map();

/** Returns the version in use, unless it is the rejected one. */
function earlier(rejected: RuleResource, inUse: ReadonlyMap<string, RuleResource>): RuleResource[] {
  const before = inUse.get(rejected.name);
  return before === undefined || isSame(before, rejected) ? [] : [before];
}

/** Whether two resources have the same content. */
export function isSame(one: RuleResource, other: RuleResource): boolean {
  return one.uid === other.uid && one.generation === other.generation;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.replace(/\.$/, "") ?? text;
}
