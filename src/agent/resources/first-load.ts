import type { RuleFile } from "../../rule/location.ts";
import { Failure, FilesChanged } from "../failure.ts";
import { type AgentLoadOptions, type Loaded, load } from "../load/load.ts";
import { tryLoad } from "../load/trial.ts";
import { NO_RESOURCES, readResources, resourcesFile } from "./cache.ts";
import { isolate, type ResourceSet } from "./isolate.ts";

/** The first load of a process. */
export interface FirstLoad {
  readonly first: Loaded;
  /** The EyasRules resources of the last process. */
  readonly before: ResourceSet;
}

/**
 * Loads the files, and the EyasRules resources of the last process, since the API server may not respond. Resources are
 * first loaded in a worker, because they must not prevent the start.
 * @throws Failure if the files cannot be loaded even without resources
 */
export async function firstLoad(options: AgentLoadOptions): Promise<FirstLoad> {
  const first = await load(options);
  if (!first.config.kubernetes.rules_resources) return { first, before: NO_RESOURCES };
  const before = readResources(resourcesFile(first.config));
  const attempt = (files: readonly RuleFile[]): Promise<Loaded> =>
    files.length === 0 ? Promise.resolve(first) : loadWith({ ...options, resources: files });
  try {
    const [all, resources] = await isolate(before, attempt);
    return { first: { ...all, resources }, before };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const [reason = ""] = error.message.split("\n", 1);
    const rejected = before.wanted.map((resource) => ({ resource, reason }));
    return { first: { ...first, resources: { wanted: before.wanted, inUse: [], rejected } }, before };
  }
}

/** Maximum number of attempts if files change while they are loaded. */
const TRIES = 3;

async function loadWith(options: AgentLoadOptions): Promise<Loaded> {
  for (let tries = TRIES; ; ) {
    const checked = await tryLoad(options, []);
    try {
      return await load(options, { checked });
    } catch (error) {
      if (!(error instanceof FilesChanged) || --tries === 0) throw error;
    }
  }
}
