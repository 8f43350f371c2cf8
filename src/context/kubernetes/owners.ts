import type { KubernetesObject, Owner, RelatedObjects } from "../../machine/pods.ts";
import { ApiError } from "../../transport/kubernetes/error.ts";
import { listPages } from "../../transport/kubernetes/list.ts";
import type { Path } from "../../transport/kubernetes/path.ts";
import { listOf, objectOf } from "../runtime/oci-spec.ts";
import type { Api } from "./api.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import { controllerOf, type OwnerReference, objectFrom, type PodAndOwner } from "./pod.ts";
import { type Service, serviceFrom } from "./services.ts";

/** Maximum number of cached responses. Above this limit, the oldest are evicted. */
const MOST = 2048;
/** Number of services of a namespace after which no more pages are requested. */
const MOST_SERVICES = 5000;
/** Factor by which owners are cached longer than other objects, because names of owners never change. */
const STEADY = 6;
/** Time until a failed request is retried, in milliseconds. */
const AGAIN = 30_000;

interface Thing {
  readonly object: KubernetesObject;
  readonly owner: OwnerReference | undefined;
}

/** Finds the objects related to pods. */
export interface Owners {
  /** Finds the objects related to a pod. Never throws; omits objects that cannot be read. */
  relatedTo(pod: PodAndOwner): Promise<RelatedObjects>;
}

/** API paths by kind of owner. Labels and UID are only read for these kinds. */
const places: ReadonlyMap<string, readonly [group: Path, resource: string]> = new Map([
  ["apps/v1/ReplicaSet", [["apis", "apps", "v1"], "replicasets"]],
  ["apps/v1/Deployment", [["apis", "apps", "v1"], "deployments"]],
  ["v1/ReplicationController", [["api", "v1"], "replicationcontrollers"]],
  ["batch/v1/Job", [["apis", "batch", "v1"], "jobs"]],
]);

/** A cache of responses by path. Concurrent reads of a path share one request. */
function remembering<T>(lifetime: number): (path: Path, ask: () => Promise<T>) => Promise<T | undefined> {
  const remembered = new Map<string, { readonly answer: Promise<T | undefined>; until: number }>();
  return (path, ask) => {
    const key = path.join("/");
    const now = performance.now();
    const known = remembered.get(key);
    if (known !== undefined && now < known.until) return known.answer;
    const failed = (error: unknown): undefined => {
      const isFinal = error instanceof ApiError && (error.status === 403 || error.status === 404);
      if (!isFinal) entry.until = performance.now() + AGAIN * (0.5 + Math.random());
    };
    const entry = { answer: ask().catch(failed), until: now + lifetime * (0.8 + Math.random() * 0.4) };
    remembered.delete(key);
    remembered.set(key, entry);
    if (remembered.size > MOST) {
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    }
    return entry.answer;
  };
}

/**
 * @param lifetime how long a response is cached, in milliseconds
 * @param watched namespaces and services that a watch has already cached
 */
export function openOwners(api: Pick<Api, "get">, lifetime: number, watched?: ClusterObjects): Owners {
  const owners = remembering<Thing>(lifetime * STEADY);
  const namespaces = remembering<Thing>(lifetime);
  const serviceLists = remembering<readonly Service[]>(lifetime);

  function thing(path: Path, remembered: typeof owners): Promise<Thing | undefined> {
    return remembered(path, async () => {
      // With `resourceVersion=0`, the API server responds from its cache and does not read etcd.
      const facts = await api.get({ path, query: { resourceVersion: 0 }, metadataOnly: "object" });
      const object = objectFrom(facts);
      if (object === undefined) throw new Error("the owner has no UID");
      return { object, owner: controllerOf(objectOf(facts.metadata)) };
    });
  }

  function ownerAt(namespace: string, { apiVersion, kind, name }: OwnerReference): Promise<Thing | undefined> {
    const place = places.get(`${apiVersion}/${kind}`);
    if (place === undefined) return Promise.resolve(undefined);
    const [group, resource] = place;
    return thing([...group, "namespaces", namespace, resource, name], owners);
  }

  function services(namespace: string): Promise<readonly Service[] | undefined> {
    const path = ["api", "v1", "namespaces", namespace, "services"];
    return serviceLists(path, async () => {
      const found: Service[] = [];
      for await (const page of listPages(api.get, { path }, true)) {
        for (const each of listOf(page.items)) {
          const service = serviceFrom(objectOf(each));
          if (service !== undefined) found.push(service);
        }
        if (found.length >= MOST_SERVICES) break;
      }
      return found;
    });
  }

  async function namespaceOf(name: string): Promise<KubernetesObject | undefined> {
    await watched?.ready;
    if (watched?.hasNamespaces === true) return watched.namespace(name);
    return (await thing(["api", "v1", "namespaces", name], namespaces))?.object;
  }

  async function servicesIn(namespace: string): Promise<readonly Service[]> {
    await watched?.ready;
    if (watched?.hasServices === true) return watched.services(namespace);
    return (await services(namespace)) ?? [];
  }

  return {
    async relatedTo({ pod, owner: first }) {
      const { namespace } = pod;
      const asked = [namespaceOf(namespace), servicesIn(namespace)] as const;
      const byKind = new Map<string, KubernetesObject>();
      let owner: Owner | undefined;
      let at = first;
      // The longest chains have two owners, such as ReplicaSet and Deployment, or Job and CronJob. The limit also
      // prevents an endless loop.
      for (let i = 0; i < 4 && at !== undefined; i++) {
        const { kind, name } = at;
        owner = { kind, name };
        const found: Thing | undefined = await ownerAt(namespace, at);
        if (found !== undefined && found.object.name === name) byKind.set(kind, found.object);
        at = found?.owner;
      }
      const [space, all] = await Promise.all(asked);
      return {
        namespace: space,
        deployment: byKind.get("Deployment"),
        replicaSet: byKind.get("ReplicaSet"),
        replicationController: byKind.get("ReplicationController"),
        services: all.filter(({ selector }) => fits(selector, pod.labels)).map(({ object }) => object),
        owner,
      };
    },
  };
}

function fits(selector: ReadonlyMap<string, string>, labels: ReadonlyMap<string, string>): boolean {
  for (const [name, value] of selector) if (labels.get(name) !== value) return false;
  return true;
}
