import { type Host, UNKNOWN_HOST } from "../machine/host.ts";
import type { Observed } from "../machine/observed.ts";
import type { Field } from "./field.ts";
import type { Roles } from "./role.ts";
import { row } from "./row.ts";

function host(name: string, read: (host: Host, event: Observed) => string, description: string, roles?: Roles): Field {
  const reader = (event: Observed): string | undefined => read(event.machine.host ?? UNKNOWN_HOST, event) || undefined;
  return row(name, "CHARBUF", reader, description, roles);
}

/** Fields of the machine and its cluster. */
export const hostFields: readonly Field[] = [
  host("host.name", (host, { machine }) => host.name || (machine.info?.hostname ?? ""), "The name of the machine."),
  host("host.kernel", ({ kernel }) => kernel, "The release of the machine's kernel."),
  host("host.os", ({ os }) => os, "The operating system of the machine, with the version."),
  host("host.arch", ({ arch }) => arch, "The architecture of the machine: x86_64, aarch64."),
  host("host.machine_id", ({ machineId }) => machineId, "The machine ID, stable across boots."),
  host("host.boot_id", ({ bootId }) => bootId, "The boot ID, different for each boot."),
  row(
    "host.boot_ts",
    "ABSTIME",
    ({ machine }) => (machine.bootTime === 0n ? undefined : machine.bootTime),
    "Boot time: nanoseconds since the epoch.",
    { wide: true },
  ),
  host("cluster.name", ({ cluster }) => cluster, "The cluster of the machine, from the configuration.", {
    about: "cluster",
    as: "name",
    title: "Cluster",
  }),
  host("k8s.cluster.name", ({ cluster }) => cluster, "The same as cluster.name, for rules about Kubernetes.", {
    about: "cluster",
    as: "name",
    restates: "cluster.name",
  }),
];

/** Fields of the cloud. */
export const cloudFields: readonly Field[] = [
  host("cloud.provider", ({ cloud }) => cloud.provider, "The cloud provider: aws, gcp, azure."),
  host("cloud.region", ({ cloud }) => cloud.region, "The region."),
  host("cloud.zone", ({ cloud }) => cloud.zone, "The availability zone."),
  host("cloud.instance_id", ({ cloud }) => cloud.instanceId, "The instance ID."),
  host("cloud.instance_type", ({ cloud }) => cloud.instanceType, "The instance type."),
  host("cloud.account", ({ cloud }) => cloud.account, "The account, project or subscription."),
];
