import type { JsonObject } from "../../event/document.ts";
import type { KubernetesObject } from "../../machine/pods.ts";
import { objectOf, textOf } from "../runtime/oci-spec.ts";
import type { Api } from "./api.ts";
import { objectFrom } from "./pod.ts";
import { type Service, serviceFrom } from "./services.ts";
import { type Collection, usualTimes, type Watch, type WatchTimes, watchCollection } from "./watch.ts";

/** Maximum number of objects of a kind. */
const MOST = 20_000;
/**
 * Time until a retry if a list is forbidden, in milliseconds. In the meantime, objects are requested for each
 * namespace.
 */
const FORBIDDEN = 600_000;

/** Cache of the namespaces and services of the cluster. Watches keep it up to date. */
export interface ClusterObjects {
  /** Settles when both kinds have been listed or cannot be listed. */
  readonly ready: Promise<void>;
  /** Whether the cache contains the namespaces, so that {@link namespace} needs no request. */
  readonly hasNamespaces: boolean;
  /** Whether the cache contains the services, so that {@link services} needs no request. */
  readonly hasServices: boolean;
  namespace(name: string): KubernetesObject | undefined;
  services(namespace: string): readonly Service[];
  close(): Promise<void>;
}

/** @param changed called with the namespace of a changed object; undefined if any namespace may have changed */
export function watchClusterObjects(
  api: Pick<Api, "get" | "follow">,
  changed: (namespace: string | undefined) => void,
  times: WatchTimes = { ...usualTimes, forbidden: FORBIDDEN },
): ClusterObjects {
  const namespaces = openKind(
    api,
    { what: "namespaces", path: ["api", "v1", "namespaces"], metadataOnly: true },
    ({ name }) => name,
    objectFrom,
    changed,
    times,
  );
  const services = openKind(
    api,
    { what: "services", path: ["api", "v1", "services"] },
    ({ namespace }) => namespace,
    serviceFrom,
    changed,
    times,
  );
  return {
    ready: Promise.all([namespaces.ready, services.ready]).then(() => {}),
    get hasNamespaces() {
      return namespaces.isListed;
    },
    get hasServices() {
      return services.isListed;
    },
    namespace: (name) => namespaces.in(name)[0],
    services: (namespace) => services.in(namespace),
    close: async () => void (await Promise.all([namespaces.close(), services.close()])),
  };
}

interface Place {
  readonly name: string;
  readonly namespace: string;
}

/** Objects of one kind, by group and UID. */
type Groups<T> = Map<string, Map<string, T>>;

interface Kind<T> {
  readonly ready: Promise<void>;
  readonly isListed: boolean;
  in(group: string): readonly T[];
  close(): Promise<void>;
}

function openKind<T>(
  api: Pick<Api, "get" | "follow">,
  watched: Parameters<typeof watchCollection>[1],
  groupOf: (place: Place) => string,
  read: (facts: JsonObject) => T | undefined,
  changed: (namespace: string | undefined) => void,
  times: WatchTimes,
): Kind<T> {
  let known: Groups<T> = new Map();
  let size = 0;
  let isListed = false;
  const ready = Promise.withResolvers<void>();

  function placeOf(item: JsonObject): readonly [group: string, uid: string] {
    const { name, namespace, uid } = objectOf(item.metadata);
    return [groupOf({ name: textOf(name), namespace: textOf(namespace) }), textOf(uid)];
  }

  /**
   * Adds or replaces an object, or removes it if `read` returns undefined. @returns the change in the number of objects
   */
  function put(into: Groups<T>, item: JsonObject, room: number): number {
    const [group, uid] = placeOf(item);
    const before = into.get(group);
    const object = read(item);
    const had = before?.has(uid) === true;
    if (object === undefined) return remove(into, item);
    if (!had && room <= 0) return 0;
    if (before === undefined) into.set(group, new Map([[uid, object]]));
    else before.set(uid, object);
    return had ? 0 : 1;
  }

  function remove(from: Groups<T>, item: JsonObject): number {
    const [group, uid] = placeOf(item);
    const there = from.get(group);
    if (there?.delete(uid) !== true) return 0;
    if (there.size === 0) from.delete(group);
    return -1;
  }

  const collection: Collection = {
    get size() {
      return size;
    },
    take(item) {
      size += put(known, item, MOST - size);
      changed(placeOf(item)[0]);
    },
    remove(item) {
      size += remove(known, item);
      changed(placeOf(item)[0]);
    },
    relist() {
      const listed: Groups<T> = new Map();
      let count = 0;
      return {
        take(item) {
          count += put(listed, item, MOST - count);
        },
        done() {
          known = listed;
          size = count;
          changed(undefined);
        },
      };
    },
  };
  const watch: Watch = watchCollection(
    api,
    watched,
    collection,
    {
      synced() {
        isListed = true;
        ready.resolve();
      },
      lost: () => ready.resolve(),
    },
    times,
  );
  return {
    ready: ready.promise,
    get isListed() {
      return isListed;
    },
    in: (group) => [...(known.get(group)?.values() ?? [])],
    async close() {
      ready.resolve();
      await watch.close();
    },
  };
}
