import { CHANGES_OFTEN, type FieldClass, fieldClasses } from "./catalogue.ts";
import { lazyPrefixes } from "./roles-table.ts";

/** Fetches a class of fields when rules may use it. */
type Fetch = () => Promise<readonly FieldClass[]>;

const general: Fetch = async () => {
  const { documentEventFields } = await import("./document-event.ts");
  return [
    { name: "evt", description: "Every event: when, where, which", roles: CHANGES_OFTEN, fields: documentEventFields },
  ];
};

const json: Fetch = async () => {
  const { jsonFields } = await import("./json.ts");
  return [{ name: "json", description: "Every document: its values, by where they are in it", fields: jsonFields }];
};

const audit: Fetch = async () => {
  const { auditFields } = await import("./ka/fields.ts");
  return [
    {
      name: "ka",
      description: "Events of the Kubernetes audit log",
      roles: { unsafeNa: true },
      fields: auditFields,
    },
  ];
};

const suricata: Fetch = async () => (await import("./network.ts")).suricataClasses;
const firewall: Fetch = async () => (await import("./network.ts")).firewallClasses;

/** Whose doing it is, where a process of this machine is found for an event. */
const OWNER = ["process", "user", "group", "container", "k8s"];
const owner: Fetch = async () => [
  ...fieldClasses.filter(({ name }) => OWNER.includes(name)),
  ...(await workloads()),
  ...(await pods()),
];

/** The classes of fields that each source of documents has, beside the general ones. */
const classesOf: Readonly<Record<string, readonly Fetch[]>> = {
  k8s_audit: [audit, json],
  suricata: [suricata, json, owner],
  firewall: [firewall, json, owner],
};

/** Those of sources that get their names from users. */
const ofOthers: readonly Fetch[] = [json, owner];

/** The source of the kernel's events. */
export const SYSCALL = "syscall";

/** The sources that are there without being configured. */
export const knownSources: readonly string[] = [SYSCALL, ...Object.keys(classesOf), "json"];

const MACHINE = { needs: "machine" } as const;
const OWNERS = { needs: "pod-owners" } as const;
const WORKLOAD = { needs: "workload" } as const;

/** The machine, where events come from. */
const machine: Fetch = async () => {
  const { cloudFields, hostFields } = await import("./host.ts");
  return [
    {
      name: "host",
      description: "The machine, and the cluster that it is part of",
      roles: MACHINE,
      fields: hostFields,
    },
    { name: "cloud", description: "The cloud that the machine stands in", roles: MACHINE, fields: cloudFields },
  ];
};

/** What an API server tells of pods. */
const pods: Fetch = async () => {
  const [{ metaFields, ownerFields }, { sessionFields }] = await Promise.all([
    import("./k8smeta.ts"),
    import("./session.ts"),
  ]);
  return [
    { name: "k8smeta", description: "The pod it runs in, as the API server has it", roles: OWNERS, fields: metaFields },
    {
      name: "k8s",
      description: "The node, the service account and the owner of the pod",
      roles: OWNERS,
      fields: ownerFields,
    },
    { name: "k8s", description: "The person behind it", roles: { needs: "session" }, fields: sessionFields },
  ];
};

/** What platforms run in containers. Where an alert names several apps, the one of the first class counts. */
const workloads: Fetch = async () => {
  const [{ mesosFields }, { marathonFields }, { cloudFoundryFields }] = await Promise.all([
    import("./mesos.ts"),
    import("./marathon.ts"),
    import("./cf.ts"),
  ]);
  return [
    {
      name: "cf",
      description: "The app of Cloud Foundry, or job of BOSH, that it runs for",
      roles: WORKLOAD,
      fields: cloudFoundryFields,
    },
    { name: "mesos", description: "The task of Mesos that it runs for", roles: WORKLOAD, fields: mesosFields },
    { name: "marathon", description: "The app of Marathon that it runs for", roles: WORKLOAD, fields: marathonFields },
  ];
};

/** Classes of fields of system calls that are loaded when a rule names one of their fields. */
export interface LazyClasses {
  /** Their key in `lazyPrefixes`. */
  readonly name: string;
  readonly fetch: Fetch;
}

export const lazyClasses: readonly LazyClasses[] = [
  { name: "flow", fetch: async () => [(await import("./net.ts")).netClass] },
  { name: "workload", fetch: workloads },
  { name: "pod", fetch: pods },
  { name: "machine", fetch: machine },
];

/** A test whether a text names a field of lazy classes. */
export function namesLazy({ name }: LazyClasses): (text: string) => boolean {
  const prefixes = (lazyPrefixes[name] ?? []).map((prefix) => prefix.replaceAll(".", "\\."));
  const pattern = new RegExp(`\\b(?:${prefixes.join("|")})\\.[a-z]`);
  return (text) => pattern.test(text);
}

/** Every class of fields that events of a source have. */
export async function classesOfSource(source: string): Promise<readonly FieldClass[]> {
  if (source === SYSCALL) {
    const others = await Promise.all(lazyClasses.map(({ fetch }) => fetch()));
    return [...fieldClasses, ...others.flat()];
  }
  const fetches = Object.hasOwn(classesOf, source) ? classesOf[source]! : ofOthers;
  const classes = await Promise.all([...fetches, machine].map((fetch) => fetch()));
  return [...(await general()), ...classes.flat()];
}
