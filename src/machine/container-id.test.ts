import { expect, test } from "vitest";
import { containerIdOf, containerIdOfAll } from "./container-id.ts";

const hex = "da57e28861c343e2562eba5a2d31c425d6b0aaf2466d43e6e1ea79e8a5a30507";
const short = hex.slice(0, 12);

test.each([
  ["docker, cgroupfs", `/docker/${hex}`, short],
  ["docker, systemd", `/system.slice/docker-${hex}.scope`, short],
  ["podman", `/machine.slice/libpod-${hex}.scope`, short],
  ["podman with its own cgroup", `/machine.slice/libpod-${hex}.scope/container`, short],
  ["podman, cgroupfs", `/libpod_parent/libpod-${hex}`, short],
  ["cri-o", `/kubepods.slice/kubepods-besteffort.slice/crio-${hex}.scope`, short],
  ["containerd under a kubelet", `/kubepods.slice/kubepods-pod1.slice/cri-containerd-${hex}.scope`, short],
  ["containerd in the old form", `/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:${hex}`, short],
  ["nerdctl", `/system.slice/nerdctl-${hex}.scope`, short],
  ["kubelet, cgroupfs", `/kubepods/burstable/pod1/${hex}`, short],
  ["containerd namespace with an id of its own", "/default/my-box", "my-box"],
  ["Mesos", "/mesos/903901b0-b97f-4357-b4bb-6fc1f021b608", "903901b0-b97"],
  ["Garden", "/garden/903901b0-b97f-4357-b4bb-6fc1f021b608/init", "903901b0-b97"],
  ["lxc", "/lxc/web", "web"],
  ["lxc payload", "/lxc.payload.web", "web"],
  ["libvirt", "/web.libvirt-lxc", "web"],
  ["bpm", "/x/bpm-router.scope", "router"],
  ["the host's root", "/", ""],
  ["a session", "/user.slice/user-1000.slice/session-3.scope", ""],
  ["a service", "/system.slice/ssh.service", ""],
  ["init", "/init.scope", ""],
  ["64 characters of which one is not hexadecimal", `/docker-z${hex.slice(1)}.scope`, ""],
])("%s: %s", (_what, cgroup, id) => {
  expect(containerIdOf(cgroup)).toBe(id);
  expect(containerIdOf(cgroup)).toBe(id); // remembered
});

test("the first cgroup that tells decides", () => {
  const cgroups = [
    ["cpu", "/"],
    ["memory", `/docker/${hex}`],
    ["io", "/lxc/other"],
  ] as const;
  expect(containerIdOfAll(cgroups)).toBe(short);
  expect(containerIdOfAll([])).toBe("");
});
