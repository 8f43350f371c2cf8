import { posix } from "node:path";
import type { Severity } from "./finding.ts";

/**
 * Sockets of container runtimes. A client of such a socket controls all containers of the node, even if the mount is
 * read-only.
 */
const SOCKETS = /\/(?:docker|containerd|crio|podman|cri-dockerd|dockershim|buildkitd)\.sock$/;

/** Directories that give control over the node, its credentials or all of its containers. */
const CRITICAL = [
  ...["/etc", "/root", "/boot", "/dev", "/proc", "/sys", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/run", "/var/run"],
  ...["/var/lib/kubelet", "/var/lib/etcd", "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers"],
  ...["/var/lib/rancher", "/var/lib/k0s", "/var/snap/microk8s", "/var/spool/cron", "/opt/cni"],
  ...["/var/lib/cloud"],
];

/** Directories that contain directories in {@link CRITICAL}. */
const ABOVE = ["/", "/var", "/var/lib", "/opt", "/var/spool"];

/** Returns the severity of mounting a path of the node. */
export function hostPathSeverity(path: string, writable: boolean): Severity {
  const plain = posix.normalize(`/${path}`).replace(/(?<=.)\/$/, "");
  if (SOCKETS.test(plain)) return "critical";
  const sensitive =
    ABOVE.includes(plain) || CRITICAL.some((folder) => plain === folder || plain.startsWith(`${folder}/`));
  if (plain === "/") return writable ? "critical" : "high";
  if (sensitive) return writable ? "high" : "medium";
  return writable ? "medium" : "low";
}
