import { duration, flag, number, texts } from "../setting/shape.ts";

const usual = {
  docker: ["/var/run/docker.sock"],
  podman: ["/run/podman/podman.sock", "/run/user/*/podman/podman.sock"],
  containerd: [
    "/run/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/k0s/containerd.sock",
    "/var/snap/microk8s/common/run/containerd.sock",
    "/run/host-containerd/containerd.sock",
  ],
  cri: [
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/k0s/containerd.sock",
    "/var/snap/microk8s/common/run/containerd.sock",
    "/run/host-containerd/containerd.sock",
  ],
} as const;

/** Keys for requests to container runtimes. */
export const containers = {
  enabled: flag(true, "Request container metadata from the container runtimes if a rule or an output needs it."),
  docker: texts("Paths of Docker's socket. `[]`: Docker is not queried.", usual.docker),
  podman: texts("Paths of Podman's socket; `*` matches any name.", usual.podman),
  containerd: texts("Paths of containerd's socket, for containers of ctr and nerdctl.", usual.containerd),
  cri: texts("Paths of the CRI socket of the kubelet's runtime (containerd or CRI-O).", usual.cri),
  label_max_len: number(100, "Maximum length of a label value; labels with longer values are omitted.", [0, 65_536]),
  timeout: duration("5s", "Timeout of a request to a runtime."),
  patience: duration(
    "1s",
    "Maximum delay of events of a new container, until its metadata is available. The order of the events is preserved. 0s: events are not delayed.",
  ),
};
