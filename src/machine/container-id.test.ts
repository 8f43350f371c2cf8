import { expect, test } from "vitest";
import { identityOf, identityOfAll } from "./container-id.ts";

const hex = "da57e28861c343e2562eba5a2d31c425d6b0aaf2466d43e6e1ea79e8a5a30507";
const other = "40a8f2a2f1a4fd69f7f84061cc5f64ce74bf06b0f7215c2f87eaff47c0804450";
const short = hex.slice(0, 12);
const uuid = "903901b0-b97f-4357-b4bb-6fc1f021b608";
const handle = "7c1d0605-3303-47e2-7ada-c694";
const uid = "ad9e12b3-8347-4bce-b285-218ad0dc5337";
const underscored = uid.replaceAll("-", "_");
const kubepods = "/kubepods.slice/kubepods-burstable.slice";

/** Name of the case, cgroup path, short ID, engine, and the full ID unless it is the 64 digits. */
const containers: [what: string, path: string, id: string, engine: string, fullId?: string][] = [
  ["docker, cgroupfs", `/docker/${hex}`, short, "docker"],
  ["docker, systemd", `/system.slice/docker-${hex}.scope`, short, "docker"],
  ["docker, rootless", `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${hex}.scope`, short, "docker"],
  ["docker, as another cgroup namespace shows it", `/../${hex}`, short, ""],
  ["docker in docker", `/docker/${other}/docker/${hex}`, short, "docker"],
  ["docker in lxc", `/lxc/web/docker/${hex}`, short, "docker"],
  ["docker with systemd in it, version 1", `/docker/${hex}/system.slice/nginx.service`, short, "docker"],
  ["docker with systemd in it, version 2", `/system.slice/docker-${hex}.scope/init.scope`, short, "docker"],
  ["ecs", `/ecs/0123456789abcdef0123456789abcdef/${hex}`, short, ""],
  ["podman", `/machine.slice/libpod-${hex}.scope`, short, "podman"],
  ["podman with its own cgroup", `/machine.slice/libpod-${hex}.scope/container`, short, "podman"],
  ["podman, cgroupfs", `/libpod_parent/libpod-${hex}`, short, "podman"],
  ["podman, split", `/system.slice/web.service/libpod-payload-${hex}`, short, "podman"],
  [
    "podman in a pod of its own",
    `/machine.slice/machine-libpod_pod_${other}.slice/libpod-${hex}.scope/container`,
    short,
    "podman",
  ],
  [
    "podman, rootless",
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${hex}.scope/container`,
    short,
    "podman",
  ],
  ["podman with systemd in it", `/machine.slice/libpod-${hex}.scope/container/init.scope`, short, "podman"],
  ["cri-o", `/kubepods.slice/kubepods-besteffort.slice/crio-${hex}.scope`, short, "cri-o"],
  ["cri-o, cgroupfs", `/kubepods/besteffort/pod${uid}/crio-${hex}`, short, "cri-o"],
  [
    "cri-o with crun",
    `${kubepods}/kubepods-burstable-pod${underscored}.slice/crio-${hex}.scope/container`,
    short,
    "cri-o",
  ],
  [
    "containerd under a kubelet",
    `/kubepods.slice/kubepods-pod1.slice/cri-containerd-${hex}.scope`,
    short,
    "containerd",
  ],
  [
    "containerd in the old form",
    `/system.slice/containerd.service/kubepods-pod${underscored}.slice:cri-containerd:${hex}`,
    short,
    "containerd",
  ],
  [
    "containerd in kind, with a kubelet's own root",
    `/docker/${other}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${underscored}.slice/cri-containerd-${hex}.scope`,
    short,
    "containerd",
  ],
  ["kubelet, cgroupfs", `/kubepods/burstable/pod1/${hex}`, short, ""],
  ["k3s", `/kubepods/besteffort/pod${uid}/${hex}`, short, ""],
  ["k3s below its service", `/system.slice/k3s.service/kubepods/besteffort/pod${uid}/${hex}`, short, ""],
  [
    "a pod with systemd in it",
    `${kubepods}/cri-containerd-${hex}.scope/system.slice/dbus.service`,
    short,
    "containerd",
  ],
  ["nerdctl", `/system.slice/nerdctl-${hex}.scope`, short, "containerd"],
  ["nerdctl, cgroupfs", `/default/${hex}`, short, ""],
  ["containerd namespace with an id of its own", "/default/my-box", "my-box", "", "my-box"],
  ["the same below containerd's service", "/system.slice/containerd.service/default/my-box", "my-box", "", "my-box"],
  ["containerd with a uuid", `/default/${uuid}`, "903901b0-b97", "", uuid],
  ["runc under systemd", "/system.slice/runc-web-frontend-1.scope", "web-frontend-1", "runc", "web-frontend-1"],
  ["crun under systemd", "/user.slice/crun-box.scope/container", "box", "crun", "box"],
  ["runc from a slice, version 2", "/user.slice/user-0.slice/my-box", "my-box", "", "my-box"],
  ["runc from a session, version 1", "/user.slice/user-0.slice/session-3.scope/my-box", "my-box", "", "my-box"],
  ["lxc", "/lxc/web", "web", "lxc", "web"],
  ["lxc with systemd in it", "/lxc/101/ns/system.slice/ssh.service", "101", "lxc", "101"],
  ["lxc with a group in it", "/lxc.payload.web-frontend-1/foo", "web-frontend-1", "lxc", "web-frontend-1"],
  ["lxc payload", "/lxc.payload.web", "web", "lxc", "web"],
  ["lxc payload, older", "/lxc.payload/web/init.scope", "web", "lxc", "web"],
  ["libvirt", "/web.libvirt-lxc", "web", "libvirt-lxc", "web"],
  [
    "libvirt under systemd",
    "/machine.slice/machine-lxc\\x2d7\\x2dweb.scope/libvirt",
    "7\\x2dweb",
    "libvirt-lxc",
    "7\\x2dweb",
  ],
  ["libvirt under systemd, the scope", "/machine.slice/machine-lxc\\x2dweb.scope", "web", "libvirt-lxc", "web"],
  [
    "libvirt with systemd in it",
    "/machine.slice/machine-lxc\\x2d7\\x2dweb.scope/libvirt/system.slice/ssh.service",
    "7\\x2dweb",
    "libvirt-lxc",
    "7\\x2dweb",
  ],
  ["libvirt with a group in it", "/machine/web.libvirt-lxc/other.libvirt-lxc", "web", "libvirt-lxc", "web"],
  ["libvirt, oldest", "/libvirt/lxc/web", "web", "lxc", "web"],
  ["lxc of a user", "/user.slice/user-1000.slice/user@1000.service/lxc.payload.web", "web", "lxc", "web"],
  ["lxd of a project", "/lxc.payload.shop_web/system.slice/nginx.service", "shop_web", "lxc", "shop_web"],
  ["systemd-nspawn", "/machine.slice/machine-web.scope/payload", "web", "systemd-nspawn", "web"],
  [
    "systemd-nspawn with systemd in it",
    "/machine.slice/machine-web\\x2d1.scope/payload/system.slice/nginx.service",
    "web-1",
    "systemd-nspawn",
    "web-1",
  ],
  [
    "systemd-nspawn as a service",
    "/machine.slice/systemd-nspawn@web.service/payload/init.scope",
    "web",
    "systemd-nspawn",
    "web",
  ],
  [
    "systemd-nspawn, version 1",
    "/machine.slice/machine-web.scope/system.slice/ssh.service",
    "web",
    "systemd-nspawn",
    "web",
  ],
  ["Garden, version 2", `/garden/${uuid}/init`, "903901b0-b97", "garden", uuid],
  [
    "Garden, a process beside the first",
    `/garden/${uuid}/4f4f5e1a-0000-4000-8000-000000000001`,
    "903901b0-b97",
    "garden",
    uuid,
  ],
  ["Garden, throttled", `/garden/bad/${handle}/init`, "7c1d0605-330", "garden", handle],
  ["Garden, not throttled", `/garden/good/${handle}`, "7c1d0605-330", "garden", handle],
  ["Garden with a tag", `/garden-two/${handle}`, "7c1d0605-330", "garden", handle],
  ["Garden at the root, version 1", `/${handle}`, "7c1d0605-330", "garden", handle],
  ["Garden's good group at the root", `/good/${handle}`, "7c1d0605-330", "garden", handle],
  ["Garden below runit", `/system.slice/runit.service/${handle}`, "7c1d0605-330", "garden", handle],
  ["Garden's bad group below runit", `/system.slice/runit.service/bad/${uuid}/init`, "903901b0-b97", "garden", uuid],
  ["Garden's own root below runit", `/system.slice/runit.service/garden/good/${uuid}`, "903901b0-b97", "garden", uuid],
  [
    "Garden, a handle that is no uuid",
    "/garden/executor-healthcheck-1",
    "executor-hea",
    "garden",
    "executor-healthcheck-1",
  ],
  ["Garden, a group that the container made", `/garden/${uuid}/init/garden/${handle}`, "903901b0-b97", "garden", uuid],
  ["BPM", "/x/bpm-router.scope", "router", "bpm", "router"],
  [
    "BPM, version 1",
    "/bpm-cloud_controller_ng.2elocal_worker_1",
    "cloud_controller_ng.2elocal_worker_1",
    "bpm",
    "cloud_controller_ng.2elocal_worker_1",
  ],
  ["BPM below runit", "/system.slice/runit.service/bpm-uaa", "uaa", "bpm", "uaa"],
  ["Mesos", `/mesos/${uuid}`, "903901b0-b97", "mesos", uuid],
  ["Mesos, version 2", `/mesos/${uuid}/leaf`, "903901b0-b97", "mesos", uuid],
  [
    "Mesos, a task of a pod",
    `/mesos/a462e867-1622-44c6-be2b-a2d938e197ae/mesos/${uuid}`,
    "903901b0-b97",
    "mesos",
    uuid,
  ],
  ["Mesos below DC/OS's agent", `/system.slice/dcos-mesos-slave.service/mesos/${uuid}`, "903901b0-b97", "mesos", uuid],
];

test.each(containers)("%s: %s", (_what, cgroup, id, engine, fullId = hex) => {
  expect(identityOf(cgroup)).toMatchObject({ id, engine, fullId });
  expect(identityOf(cgroup)).toBe(identityOf(cgroup)); // cached
});

test.each([
  ["the root", "/"],
  ["a session", "/user.slice/user-1000.slice/session-3.scope"],
  ["a service", "/system.slice/ssh.service"],
  ["a service with groups of its own", "/system.slice/systemd-udevd.service/udev"],
  ["a user's service", "/user.slice/user-1000.slice/user@1000.service/app.slice/dbus.service"],
  ["a mount", "/system.slice/boot.mount"],
  ["init", "/init.scope"],
  ["the monitor of a CRI-O container", `/system.slice/crio-conmon-${hex}.scope`],
  ["the monitor of a Podman container", `/machine.slice/libpod-conmon-${hex}.scope`],
  ["the monitor of an lxc container", "/lxc.monitor/web"],
  ["the monitor of an lxc container, newer", "/lxc.monitor.web"],
  ["the supervisor of a systemd-nspawn machine", "/machine.slice/machine-web.scope/supervisor"],
  ["a virtual machine", "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator"],
  ["64 characters, one of them not hexadecimal", `/docker-z${hex.slice(1)}.scope`],
])("not a container: %s, %s", (_what, cgroup) => {
  expect(identityOf(cgroup)).toEqual({ id: "", fullId: "", engine: "", podUid: "" });
});

test.each([
  `/kubepods/besteffort/pod${uid}/${hex}`,
  `${kubepods}/kubepods-burstable-pod${underscored}.slice/cri-containerd-${hex}.scope`,
  `${kubepods}/kubepods-burstable-pod${underscored}.slice/crio-${hex}.scope/container`,
  `/system.slice/containerd.service/kubepods-pod${underscored}.slice:cri-containerd:${hex}`,
])("the UID of the pod: %s", (cgroup) => {
  expect(identityOf(cgroup).podUid).toBe(uid);
});

test("the UID of a static pod is a hash; paths without a pod have none", () => {
  expect(identityOf(`/kubepods/burstable/pod${hex.slice(0, 32)}/${hex}`).podUid).toBe(hex.slice(0, 32));
  expect(identityOf(`/kubepods/burstable/pod1/${hex}`).podUid).toBe("");
  expect(identityOf(`/docker/${hex}`).podUid).toBe("");
});

test("the first cgroup with a container decides", () => {
  const cgroups = [
    ["cpu", "/"],
    ["memory", `/docker/${hex}`],
    ["io", "/lxc/other"],
  ] as const;
  expect(identityOfAll(cgroups).id).toBe(short);
  expect(identityOfAll(cgroups).engine).toBe("docker");
  expect(identityOfAll([]).id).toBe("");
});

test("the cgroup of a user names no pod", () => {
  const uid = "11111111-2222-3333-4444-555555555555";
  const path = `/kubepods.slice/kubepods-pod${uid.replaceAll("-", "_")}.slice/cri-containerd-${hex}.scope`;
  expect(identityOf(path)).toMatchObject({ podUid: uid, user: undefined });
  const manager = "/user.slice/user-1000.slice/user@1000.service";
  expect(identityOf(`${manager}${path}`)).toMatchObject({ id: short, podUid: "", user: 1000 });
  expect(identityOf(`/system.slice/docker-${hex}.scope${manager}/a.scope`)).toMatchObject({ user: undefined });
});
