import { setTimeout as sleep } from "node:timers/promises";
import { fromByteString } from "../../event/bytes.ts";
import type { JsonObject } from "../../event/document.ts";
import { isStatus } from "../../transport/kubernetes/error.ts";
import { objectOf, textOf } from "../runtime/oci-spec.ts";
import type { Api } from "./api.ts";
import { EYAS_RULES } from "./rule-resource-paths.ts";
import { type Collection, type Watch, type WatchReports, type WatchTimes, watchCollection } from "./watch.ts";

/** An EyasRules resource. UID and generation identify its content. */
export interface RuleResource {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** Resources are loaded by ascending order, then by name. */
  readonly order: number;
  /** Rules in the format of a rule file; empty if there is a problem. */
  readonly text: string;
  /** Reason why the text is not loaded, as a sentence without a period. */
  readonly problem?: string;
}

/** Limits for the resources of a cluster, since each node keeps all of them in memory. */
export const resourceLimits = {
  /** Maximum number of resources. */
  count: 1000,
  /** Maximum size of the rules of a resource, in bytes of UTF-8. */
  textBytes: 1 << 20,
  /** Maximum total size of the rules of all resources, in bytes of UTF-8. */
  allBytes: 16 << 20,
} as const;

/** Maximum size of a response with one resource: escapes in JSON can take six times as much space as the text. */
const LARGEST_RESPONSE = 8 << 20;

export interface RuleResourcesOptions {
  /** Resources that are known from an earlier connection. Unchanged resources are not requested again. */
  readonly known: readonly RuleResource[];
  /** Time for which changes are collected before they are requested, in milliseconds. Default: {@link GATHER}. */
  readonly gather?: number;
  readonly times?: WatchTimes;
}

const GATHER = 500;
/** Initial and maximum time until a failed request for a resource is repeated, in milliseconds. */
const [FIRST_WAIT, LONGEST_WAIT] = [1000, 60_000];

/** The metadata by which a changed resource is detected. */
interface Version {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly created: string;
}

/**
 * Watches the EyasRules resources of a cluster until it is closed. Watches only metadata, and requests a resource if its
 * generation changes, so that a status change does not send the rules to all nodes again.
 * @param changed called with all resources, sorted, initially and after changes
 */
export function watchRuleResources(
  api: Pick<Api, "get" | "follow">,
  { known: before, gather = GATHER, times }: RuleResourcesOptions,
  changed: (resources: readonly RuleResource[]) => void,
  reports: WatchReports,
): Watch {
  const stop = new AbortController();
  const known = new Map(before.map((each) => [each.name, each]));
  let isListed = false;
  let timer: NodeJS.Timeout | undefined;
  let isStale = false;
  let work: Promise<void> | undefined;

  const versions = trackVersions(() => {
    if (isListed) soon();
  });

  function soon(): void {
    isStale = true;
    if (work === undefined) timer ??= setTimeout(start, gather).unref();
  }

  function start(): void {
    timer = undefined;
    work = fetchAll().finally(() => {
      work = undefined;
    });
  }

  /** Requests changed resources until all resources are known, and then reports all resources. */
  async function fetchAll(): Promise<void> {
    let wait = FIRST_WAIT;
    while (isStale && !stop.signal.aborted) {
      isStale = false;
      try {
        await fetchChanged();
        if (!isStale && !stop.signal.aborted) changed([...known.values()].sort(inOrder));
        wait = FIRST_WAIT;
      } catch (error) {
        if (stop.signal.aborted) return;
        isStale = true;
        reports.lost(error instanceof Error ? error.message : String(error));
        await sleep(wait, undefined, { signal: stop.signal, ref: false }).catch(() => {});
        wait = Math.min(2 * wait, LONGEST_WAIT);
      }
    }
  }

  /** Sends one request at a time, oldest resources first, so that new resources cannot displace older resources. */
  async function fetchChanged(): Promise<void> {
    const all = versions.oldestFirst();
    const names = new Set(all.map(({ name }) => name));
    for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    let room: number = resourceLimits.allBytes;
    for (const [i, version] of all.entries()) {
      const { name } = version;
      const there = known.get(name);
      const isKnown = there?.uid === version.uid && there.generation >= version.generation;
      let resource: RuleResource | undefined;
      if (i >= resourceLimits.count)
        resource = { ...version, ...without(`there are more than ${resourceLimits.count} EyasRules`) };
      else if (isKnown && there.problem === undefined) resource = there;
      else resource = await request(name);
      const size = resource === undefined ? 0 : Buffer.byteLength(resource.text);
      if (resource !== undefined && size > room) {
        const { uid, generation } = resource;
        const problem = `the total size of all EyasRules exceeds ${resourceLimits.allBytes >> 20} MiB`;
        resource = { name, uid, generation, ...without(problem) };
      } else room -= size;
      if (resource === undefined) known.delete(name);
      else known.set(name, resource);
    }
  }

  /** @returns undefined if the resource was deleted */
  async function request(name: string): Promise<RuleResource | undefined> {
    try {
      return resourceFrom(
        await api.get({ path: [...EYAS_RULES, name], largest: LARGEST_RESPONSE, signal: stop.signal }),
      );
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  const watched = { what: "EyasRules", path: EYAS_RULES, metadataOnly: true };
  const watch = watchCollection(
    api,
    watched,
    versions,
    {
      synced(count) {
        isListed = true;
        reports.synced(count);
        soon();
      },
      lost: reports.lost,
    },
    times,
  );
  return {
    get lastMessage() {
      return watch.lastMessage;
    },
    async close() {
      stop.abort();
      clearTimeout(timer);
      await Promise.all([watch.close(), work]);
    },
  };
}

/** Keeps the versions of all resources. @param happened called after each change */
function trackVersions(happened: () => void): Collection & { oldestFirst(): readonly Version[] } {
  let known = new Map<string, Version>();
  const put = (into: Map<string, Version>, item: JsonObject): void => {
    const version = versionOf(item);
    if (version === undefined) return;
    const before = into.get(version.name);
    // A change to the status or to labels has no effect on the rules.
    if (before?.uid === version.uid && before.generation === version.generation) return;
    into.set(version.name, version);
    if (into === known) happened();
  };
  return {
    get size() {
      return known.size;
    },
    take: (item) => put(known, item),
    remove(item) {
      if (known.delete(versionOf(item)?.name ?? "")) happened();
    },
    relist() {
      const listed = new Map<string, Version>();
      return {
        take: (item) => put(listed, item),
        done() {
          known = listed;
          happened();
        },
      };
    },
    oldestFirst: () => [...known.values()].sort((a, b) => compare(a.created, b.created) || compare(a.name, b.name)),
  };
}

function versionOf(item: JsonObject): Version | undefined {
  const { name, uid, generation, creationTimestamp } = objectOf(item.metadata);
  const version = { name: textOf(name), uid: textOf(uid), created: textOf(creationTimestamp) };
  return version.name === "" ? undefined : { ...version, generation: numberOf(generation) };
}

/** Reads a resource. The strings of the object are byte strings. */
export function resourceFrom(object: JsonObject): RuleResource | undefined {
  const version = versionOf(object);
  if (version === undefined) return undefined;
  const { name, uid, generation } = version;
  const { rules, order } = objectOf(object.spec);
  const bytes = textOf(rules);
  if (bytes.length > resourceLimits.textBytes)
    return { name, uid, generation, ...without(`spec.rules exceeds ${resourceLimits.textBytes >> 20} MiB`) };
  return { name, uid, generation, order: numberOf(order), text: fromByteString(bytes) };
}

function without(problem: string): Pick<RuleResource, "order" | "text" | "problem"> {
  return { order: 0, text: "", problem };
}

/** Compares two resources by the order in which they are loaded. */
export function inOrder(one: RuleResource, other: RuleResource): number {
  return one.order - other.order || compare(one.name, other.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : 0;
}
