import { duration, flag, number, texts } from "../setting/shape.ts";

const usual = {
  docker: ["/var/run/docker.sock"],
  podman: ["/run/podman/podman.sock", "/run/user/*/podman/podman.sock"],
  containerd: [
    "/run/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/host-containerd/containerd.sock",
  ],
  cri: [
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/host-containerd/containerd.sock",
  ],
} as const;

/** Who is asked about containers. */
export const containers = {
  enabled: flag(true, "Ask container runtimes about containers, where a rule or an output has use for it."),
  docker: texts("Where Docker's socket may be; `[]` asks none.", usual.docker),
  podman: texts("Where Podman's service may listen; a `*` stands for any name.", usual.podman),
  containerd: texts("Where containerd's own API may be: what ctr and nerdctl run.", usual.containerd),
  cri: texts("Where a kubelet's runtime may be: containerd or CRI-O, over CRI.", usual.cri),
  label_max_len: number(100, "Labels with longer values are left out.", [0, 65_536]),
  timeout: duration("5s", "How long a runtime may take for an answer."),
  patience: duration(
    "1s",
    "How long the events of a new container wait, in their order, for what its runtime says of it; 0s: not at all.",
  ),
};
