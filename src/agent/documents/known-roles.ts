import { allowsEverything } from "../../audit/grants.ts";
import type { KnownObjects } from "../../audit/memory.ts";
import type { Config } from "../../config/load.ts";
import { openApi } from "../../context/kubernetes/api.ts";
import { type Collection, type Watched, type WatchTimes, watchCollection } from "../../context/kubernetes/watch.ts";
import { type Json, type JsonObject, member } from "../../event/document.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Credentials } from "../../transport/kubernetes/credentials.ts";

/**
 * Roles and namespaces listed from the API server, since no audit events are received for the creation of objects that
 * existed before startup.
 */
export interface KnownRoles extends KnownObjects {
  /** Resolves when each list is complete or has failed. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Maximum number of objects per kind. */
const MOST = 20_000;
const ENFORCE = "pod-security.kubernetes.io/enforce";
const RBAC = ["apis", "rbac.authorization.k8s.io", "v1"] as const;

/** Watches roles and namespaces, with the configured credentials for the API server. */
export function watchRoles(
  credentials: Credentials,
  { timeout }: Pick<Config["kubernetes"], "timeout">,
  log: Log,
  times?: WatchTimes,
): KnownRoles {
  const api = openApi(credentials, timeout);
  const everything = (object: JsonObject): true | undefined => (allowsEverything(object.rules) ? true : undefined);
  const kinds = {
    clusterroles: { what: "cluster roles", path: [...RBAC, "clusterroles"], objects: new Known(everything) },
    roles: { what: "roles", path: [...RBAC, "roles"], objects: new Known(everything) },
    namespaces: {
      ...{ what: "namespaces", path: ["api", "v1", "namespaces"], metadataOnly: true },
      objects: new Known(levelIn, true),
    },
  };
  const watches = Object.values(kinds).map((kind) => {
    const ready = Promise.withResolvers<void>();
    const reports = {
      synced: () => ready.resolve(),
      lost(reason: string): void {
        log(logLines.rolesLost(kind.what, reason));
        ready.resolve();
      },
    };
    const watched: Watched = kind;
    const { close } = watchCollection(api, watched, kind.objects, reports, times);
    return { ready: ready.promise, close };
  });
  return {
    ready: Promise.all(watches.map(({ ready }) => ready)).then(() => {}),
    allowsEverything: (resource, namespace, name) => kinds[resource].objects.get(namespace, name) === true,
    levelOf: (namespace) => kinds.namespaces.objects.get("", namespace),
    async close() {
      api.close();
      await Promise.all(watches.map(({ close }) => close()));
    },
  };
}

function levelIn(namespace: JsonObject): string | undefined {
  const level = member(member(member(namespace, "metadata"), "labels"), ENFORCE);
  return typeof level === "string" ? level : undefined;
}

/** One value for each object of a kind, by namespace and name. */
class Known<T> implements Collection {
  private known = new Map<string, T>();
  private readonly read: (object: JsonObject) => T | undefined;
  private readonly first: boolean;

  /** @param first whether to keep the first value of each object, since later changes arrive in audit events */
  constructor(read: (object: JsonObject) => T | undefined, first = false) {
    this.read = read;
    this.first = first;
  }

  get size(): number {
    return this.known.size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.known.get(`${namespace} ${name}`);
  }

  take(item: JsonObject): void {
    this.put(this.known, item);
  }

  remove(item: JsonObject): void {
    this.known.delete(keyOf(item));
  }

  relist(): { take(item: JsonObject): void; done(): void } {
    const listed = new Map<string, T>();
    return {
      take: (item) => this.put(listed, item),
      done: () => {
        this.known = listed;
      },
    };
  }

  private put(into: Map<string, T>, item: JsonObject): void {
    const key = keyOf(item);
    const before = this.first ? this.known.get(key) : undefined;
    const value = before ?? this.read(item);
    if (value === undefined) into.delete(key);
    else if (into.size < MOST) into.set(key, value);
  }
}

function keyOf(item: JsonObject): string {
  const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
  const { metadata } = item;
  return `${text(member(metadata, "namespace"))} ${text(member(metadata, "name"))}`;
}
