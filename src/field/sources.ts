import { CHANGES_OFTEN, type FieldClass, fieldClasses } from "./catalogue.ts";
import { lazyPrefixes } from "./roles-table.ts";

/** Loads classes of fields when they are needed. */
type Fetch = () => Promise<readonly FieldClass[]>;

const general: Fetch = async () => {
  const { documentEventFields } = await import("./document-event.ts");
  return [
    { name: "evt", description: "General: time, source, number", roles: CHANGES_OFTEN, fields: documentEventFields },
  ];
};

const json: Fetch = async () => {
  const { jsonFields } = await import("./json.ts");
  return [{ name: "json", description: "Documents: values by JSON pointer", fields: jsonFields }];
};

const audit: Fetch = async () => {
  const { auditFields } = await import("./ka/fields.ts");
  return [
    {
      name: "ka",
      description: "Kubernetes audit log",
      roles: { unsafeNa: true },
      fields: auditFields,
    },
  ];
};

const suricata: Fetch = async () => (await import("./network.ts")).suricataClasses;
const firewall: Fetch = async () => (await import("./network.ts")).firewallClasses;

const fileIntegrity: Fetch = async () => {
  const { fileIntegrityFields } = await import("./fim.ts");
  return [{ name: "fim", description: "Change of a file", fields: fileIntegrityFields }];
};

/** Classes of fields about the process to which an event is attributed. */
const OWNER = ["process", "user", "group", "container", "k8s"];
const owner: Fetch = async () => [
  ...fieldClasses.filter(({ name }) => OWNER.includes(name)),
  ...(await workloads()),
  ...(await pods()),
];

/** Classes of fields for each document source, in addition to the general ones. */
const classesOf: Readonly<Record<string, readonly Fetch[]>> = {
  k8s_audit: [audit, json],
  suricata: [suricata, json, owner],
  firewall: [firewall, json, owner],
  file_integrity: [fileIntegrity, json, owner],
};

/** Classes of fields for all other document sources. */
const ofOthers: readonly Fetch[] = [json, owner];

/** Name of the source of kernel events. */
export const SYSCALL = "syscall";

/** Names of the sources that exist without configuration. */
export const knownSources: readonly string[] = [SYSCALL, ...Object.keys(classesOf), "json"];

const MACHINE = { needs: "machine" } as const;
const OWNERS = { needs: "pod-owners" } as const;
const WORKLOAD = { needs: "workload" } as const;

/** Classes of fields about the machine. */
const machine: Fetch = async () => {
  const { cloudFields, hostFields } = await import("./host.ts");
  return [
    {
      name: "host",
      description: "Host and cluster",
      roles: MACHINE,
      fields: hostFields,
    },
    { name: "cloud", description: "Cloud", roles: MACHINE, fields: cloudFields },
  ];
};

/** Classes of fields about executables. */
const identity: Fetch = async () => {
  const { identityFields } = await import("./identity.ts");
  return [{ name: "process", description: "Executable", roles: { needs: "identity" }, fields: identityFields }];
};

/** Classes of fields about pods, from the API server. */
const pods: Fetch = async () => {
  const [{ metaFields, ownerFields }, { sessionFields }] = await Promise.all([
    import("./k8smeta.ts"),
    import("./session.ts"),
  ]);
  return [
    { name: "k8smeta", description: "Pod, from the API server", roles: OWNERS, fields: metaFields },
    {
      name: "k8s",
      description: "Node, service account and owner of the pod",
      roles: OWNERS,
      fields: ownerFields,
    },
    {
      name: "k8s",
      description: "User behind the process, from the audit log",
      roles: { needs: "session", joined: true },
      fields: sessionFields,
    },
  ];
};

/**
 * Classes of fields about workloads in containers. If an alert contains names of several apps, the name from the first
 * class is used.
 */
const workloads: Fetch = async () => {
  const [{ mesosFields }, { marathonFields }, { cloudFoundryFields }] = await Promise.all([
    import("./mesos.ts"),
    import("./marathon.ts"),
    import("./cf.ts"),
  ]);
  return [
    {
      name: "cf",
      description: "Cloud Foundry app or BOSH job",
      roles: WORKLOAD,
      fields: cloudFoundryFields,
    },
    { name: "mesos", description: "Mesos task", roles: WORKLOAD, fields: mesosFields },
    { name: "marathon", description: "Marathon app", roles: WORKLOAD, fields: marathonFields },
  ];
};

/** Classes of system call fields that are loaded only if a rule uses one of their fields. */
export interface LazyClasses {
  /** Key of the classes in `lazyPrefixes`. */
  readonly name: string;
  readonly fetch: Fetch;
}

export const lazyClasses: readonly LazyClasses[] = [
  { name: "real path", fetch: async () => (await import("./real-path.ts")).realPathClasses },
  { name: "flow", fetch: async () => [(await import("./net.ts")).netClass] },
  { name: "dns", fetch: async () => (await import("./dns.ts")).dnsClasses },
  { name: "target", fetch: async () => [(await import("./target.ts")).targetClass] },
  { name: "code", fetch: async () => [(await import("./code.ts")).codeClass] },
  { name: "uring", fetch: async () => [(await import("./uring.ts")).uringClass] },
  { name: "workload", fetch: workloads },
  { name: "pod", fetch: pods },
  { name: "machine", fetch: machine },
  { name: "identity", fetch: identity },
  { name: "names", fetch: async () => [(await import("./names.ts")).namesClass] },
];

/** Returns a test for whether a string contains a field of a lazy class. */
export function namesLazy({ name }: LazyClasses): (text: string) => boolean {
  const names = (lazyPrefixes[name] ?? []).map((prefix) =>
    prefix.endsWith(".") ? `${prefix.replaceAll(".", "\\.")}[a-z]` : `${prefix.replaceAll(".", "\\.")}\\b`,
  );
  const pattern = new RegExp(`\\b(?:${names.join("|")})`);
  return (text) => pattern.test(text);
}

/** All classes of fields for a source. */
export async function classesOfSource(source: string): Promise<readonly FieldClass[]> {
  if (source === SYSCALL) {
    const others = await Promise.all(lazyClasses.map(({ fetch }) => fetch()));
    return [...fieldClasses, ...others.flat()];
  }
  const fetches = Object.hasOwn(classesOf, source) ? classesOf[source]! : ofOthers;
  const classes = await Promise.all([...fetches, machine].map((fetch) => fetch()));
  return [...(await general()), ...classes.flat()];
}
