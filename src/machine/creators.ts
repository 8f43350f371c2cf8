import { type Document, isArray, isObject, type Json, type JsonObject, member } from "../event/document.ts";
import { isDryRunEvent } from "../event/dry-run.ts";
import { FairMap } from "./fair-map.ts";

/** Maximum number of stored objects. Above this limit, objects of the namespace with the most objects are dropped. */
const MOST = 16_384;
/** Maximum length of a stored name. */
const MAX_NAME = 512;
/** Maximum number of objects in a chain of owners, such as CronJob, Job and Pod. */
const MAX_OWNERS = 4;
/** Placeholder for the user of an object that an unknown user may have changed. */
const UNKNOWN = "";
/** Resolution of creation times, in milliseconds. */
const SECOND = 1000;
/** Maximum time between a request and the creation of its object, in milliseconds. */
const MAX_ADMISSION = 30_000;

/** Pods, and resources whose controllers create pods. */
const RESOURCES: ReadonlySet<string> = new Set([
  ...["pods", "replicationcontrollers", "replicasets", "deployments", "statefulsets", "daemonsets", "jobs", "cronjobs"],
]);
const VERBS: ReadonlySet<string> = new Set(["create", "update", "patch"]);

/** Resources for which there is a {@link CreatorRecord}. */
const RECORDED: ReadonlySet<string> = new Set(["pods", "replicasets", "jobs"]);

/** Users of the built-in controllers, which create objects on behalf of owners. */
const CONTROLLER =
  /^system:(?:kube-controller-manager|serviceaccount:kube-system:(?:replicaset|deployment|statefulset|daemon-set|job|cronjob|replication)-controller)$/;

/** A stored Kubernetes object. */
interface Remembered {
  /** The user who created or last changed the object; {@link UNKNOWN} if unknown. */
  readonly user: string;
  /** UID of the object's controller; "" if it has none. */
  readonly owner: string;
  /** Generation of the object, which increases when its specification changes. */
  readonly generation: number;
  /** Time of the request: milliseconds since the epoch. */
  readonly at: number;
  /** The record to persist across restarts; undefined if the creator may change or records are not stored. */
  readonly record?: CreatorRecord;
}

/**
 * An object whose creator will not change: a pod, or a replica set or job that creates pods. Objects whose template can
 * change, such as deployments, are not recorded, because changes while the agent is stopped would be missed.
 */
export interface CreatorRecord {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The user who created the object; "" if unknown. */
  readonly user: string;
  readonly generation: number;
  /** Time of the request: milliseconds since the epoch. */
  readonly at: number;
}

/** A pod whose creator is looked up. */
export interface CreatedPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Creation time: milliseconds since the epoch; undefined if unknown. */
  readonly created: number | undefined;
}

/** The users who created pods, according to the audit log. The number of stored objects is bounded. */
export class Creators {
  /** Called with each new record; undefined if records are not stored. */
  recorded: ((record: CreatorRecord) => void) | undefined = undefined;
  private readonly known: FairMap<Remembered>;
  /** UIDs of owners, by resource, namespace and name. */
  private readonly uids: FairMap<string>;

  constructor(most = MOST) {
    this.known = new FairMap(most);
    this.uids = new FairMap(most);
  }

  /**
   * The user who created a pod. If a controller created the pod, returns the user who last changed the owner before the
   * pod was created. If the event about the pod was truncated, the pod is identified by its name and creation time,
   * since there may have been other pods with the same name.
   */
  of({ uid, namespace, name, created }: CreatedPod): string | undefined {
    const own = this.known.get(uid);
    if (own !== undefined) return this.userOf(own);
    const named = created === undefined ? undefined : this.known.get(nameKey(namespace, name));
    if (named === undefined || created === undefined) return undefined;
    return named.at < created + SECOND && created - named.at < MAX_ADMISSION ? this.userOf(named) : undefined;
  }

  /** The records of stored objects, oldest first. */
  *records(): Generator<CreatorRecord, void> {
    for (const { record } of this.known.values()) if (record !== undefined) yield record;
  }

  /** Adds a record that was stored before a restart. */
  restore(record: CreatorRecord): void {
    const { resource, namespace, name, uid, user, generation, at } = record;
    if (!RECORDED.has(resource) || uid === "") return;
    if (resource !== "pods") this.uids.set(ownerKey(resource, namespace, name), namespace, uid);
    this.known.set(uid, namespace, { user, owner: "", generation, at, record });
  }

  /** Processes an audit event. */
  audit(event: Document["value"]): void {
    if (!isObject(event)) return;
    const verb = textOf(member(event, "verb"));
    if (!VERBS.has(verb) || !isChange(event)) return;
    const target = member(event, "objectRef");
    const resource = textOf(member(target, "resource"));
    if (!RESOURCES.has(resource) || textOf(member(target, "subresource")) !== "") return;
    const user = textOf(member(member(event, "user"), "username"));
    if (user !== "") this.note(event, { verb, resource, user });
  }

  private note(
    event: JsonObject,
    { verb, resource, user }: Readonly<Record<"verb" | "resource" | "user", string>>,
  ): void {
    const target = member(event, "objectRef");
    const [namespace, name] = [textOf(member(target, "namespace")), textOf(member(target, "name"))];
    const object = member(event, "responseObject");
    const metadata = member(object, "metadata");
    const uid = textOf(member(metadata, "uid"));
    const at = Date.parse(textOf(member(event, "requestReceivedTimestamp")));
    const generation = numberOf(member(metadata, "generation")) ?? 0;
    const made: Remembered = { user, owner: controllerIn(metadata), generation, at };
    if (uid === "") {
      this.noteTruncated({ verb, resource, namespace, name }, { ...made, owner: "" });
      return;
    }
    if (resource !== "pods") this.uids.set(ownerKey(resource, namespace, nameIn(metadata, name)), namespace, uid);
    const what = { resource, namespace, name: nameIn(metadata, name), uid };
    if (verb === "create") this.remember(what, this.settled(made));
    else if (resource !== "pods" && !CONTROLLER.test(user)) {
      // Changes to annotations do not increase the generation. Changes through the scale subresource do, but they are
      // usually observed already.
      const observed = numberOf(member(member(object, "status"), "observedGeneration"));
      const before = this.known.get(uid)?.generation ?? observed;
      if (before !== undefined && generation > Math.max(before, observed ?? 0)) this.remember(what, made);
    }
  }

  /** Handles an event without a body. Such an event does not show whether the template of an owner changed. */
  private noteTruncated(
    { verb, resource, namespace, name }: Readonly<Record<"verb" | "resource" | "namespace" | "name", string>>,
    made: Remembered,
  ): void {
    if (name === "" || CONTROLLER.test(made.user)) return;
    if (resource === "pods") {
      if (verb === "create") this.known.set(nameKey(namespace, name), namespace, made);
      return;
    }
    const uid = this.uids.get(ownerKey(resource, namespace, name));
    const before = uid === undefined ? undefined : this.known.get(uid);
    if (uid !== undefined && before?.user !== made.user)
      this.remember({ resource, namespace, name, uid }, { ...made, user: UNKNOWN });
  }

  /** Stores an object. Creates a record of the object if its user does not depend on an owner. */
  private remember(what: Pick<CreatorRecord, "resource" | "namespace" | "name" | "uid">, made: Remembered): void {
    const { resource, namespace, uid } = what;
    const { user, generation, at } = made;
    const isSettled = RECORDED.has(resource) && !CONTROLLER.test(user);
    const record = this.recorded !== undefined && isSettled ? { ...what, user, generation, at } : undefined;
    this.known.set(uid, namespace, record === undefined ? made : { ...made, record });
    if (record !== undefined) this.recorded?.(record);
  }

  /**
   * Replaces the controller that created an object with the user who caused the creation, so that later changes to the
   * owner have no effect.
   */
  private settled(made: Remembered): Remembered {
    if (made.owner === "" || !CONTROLLER.test(made.user)) return { ...made, owner: "" };
    const above = this.known.get(made.owner);
    if (above === undefined || above.owner !== "" || !(above.at <= made.at)) return made;
    return { ...made, user: this.userOf(above) ?? UNKNOWN, owner: "" };
  }

  /**
   * Finds the user who caused the creation of an object by following its owners, which may have become known later.
   * Ignores owners that changed later. Undefined if only controllers are known.
   */
  private userOf(first: Remembered): string | undefined {
    let at: Remembered | undefined = first;
    for (let i = 0; i < MAX_OWNERS && at !== undefined && at.user !== UNKNOWN; i++) {
      if (!CONTROLLER.test(at.user)) return at.user;
      const above = this.known.get(at.owner);
      at = above !== undefined && above.at <= at.at ? above : undefined;
    }
    return undefined;
  }
}

/** Whether an audit event reports a successful change. */
function isChange(event: JsonObject): boolean {
  if (member(event, "stage") !== "ResponseComplete") return false;
  const code = member(member(event, "responseStatus"), "code");
  return typeof code === "number" && code >= 200 && code < 300 && !isDryRunEvent(event);
}

/** UID of the controller that owns an object; "" if there is none. */
function controllerIn(metadata: Json | undefined): string {
  const owners = member(metadata, "ownerReferences");
  if (!isArray(owners)) return "";
  return textOf(
    member(
      owners.find((each) => member(each, "controller") === true),
      "uid",
    ),
  );
}

function nameIn(metadata: Json | undefined, name: string): string {
  return textOf(member(metadata, "name")) || name;
}

function ownerKey(resource: string, namespace: string, name: string): string {
  return `${resource} ${namespace}/${name}`;
}

/** Key for a pod of unknown UID. It contains a slash, unlike UIDs. */
function nameKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value.slice(0, MAX_NAME) : "";
}
