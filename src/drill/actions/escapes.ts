import type { DrillAction, Ran, Stage } from "../action.ts";
import { HIDDEN_MOUNT, IN_CONTAINER, MOUNT_ENDS, OWN_CGROUP, OWN_FOLDER_AND_CGROUP, STAND_IN } from "./phrases.ts";

/**
 * Shell script that copies file $0 to $1. The copying process waits until its parent has exited, so that it is
 * orphaned.
 */
const COPY_AS_ORPHAN = 'parent=$$; (while kill -0 "$parent" 2> /dev/null; do sleep 0.1; done; cp "$0" "$1") & exit 0';

function copyAsOrphan(stage: Stage, source: string): Promise<Ran> {
  return stage.run(["sh", "-c", COPY_AS_ORPHAN, source, stage.path("/dev/shm/dropped")], IN_CONTAINER);
}

/** Actions that access the host from a container, or run programs that its image does not contain. */
export const escapes: readonly DrillAction[] = [
  {
    name: "executable-in-shm",
    rule: "Executable file created in temporary directory of container",
    does: "Copies /bin/true to /dev/shm, in a container's cgroup, with a process whose parent is process 1.",
    harmless: "The copy is not started.",
    cleanUp: "The drill removes its directory in /dev/shm and its cgroups.",
    twin: "Copies a file without execute permission in the same way.",
    needs: ["root", "cgroup", "init"],
    shows: { "proc.name": "cp", "fs.path.name": "/dev/shm/eyas-drill-*/dropped", "container.id": "*" },
    act: (stage) => copyAsOrphan(stage, "/bin/true"),
    benign: (stage) => copyAsOrphan(stage, "/etc/passwd"),
  },
  {
    name: "reopen-image",
    rule: "Process image reopened for writing in container",
    does: "Opens a file in the drill's directory for reading and its descriptor in /proc for writing, in a container's cgroup.",
    harmless: "The file belongs to the drill, and no data is written.",
    cleanUp: OWN_FOLDER_AND_CGROUP,
    twin: "Opens the descriptor in /proc for reading.",
    needs: ["root", "cgroup"],
    shows: { "proc.name": "sh", "container.id": "*" },
    act: (stage) =>
      stage.run(["sh", "-c", 'exec 3< "$0"; : >> /proc/self/fd/3', stage.file("image", "nothing\n")], IN_CONTAINER),
    benign: (stage) =>
      stage.run(["sh", "-c", 'exec 3< "$0"; : < /proc/self/fd/3', stage.file("image", "nothing\n")], IN_CONTAINER),
  },
  {
    name: "host-mount",
    rule: "Host file system mounted in container",
    does: "Tries to mount a cgroup hierarchy of version 1 on a path that does not exist, in a container's cgroup.",
    harmless: "The kernel rejects the mount. The rule matches the attempt.",
    cleanUp: OWN_CGROUP,
    twin: "Tries to mount a tmpfs in the same way.",
    needs: ["root", "cgroup"],
    shows: { "proc.cmdline": "*call.* mount cgroup", "container.id": "*" },
    act: (stage) => stage.call("mount", ["cgroup"], IN_CONTAINER),
    benign: (stage) => stage.call("mount", ["tmpfs"], IN_CONTAINER),
  },
  {
    name: "host-device",
    rule: "Device of host opened in container",
    also: ["Regular file created in /dev"],
    does: "Writes a regular file called /dev/sd-eyas-drill on a separate file system, in a container's cgroup.",
    harmless: HIDDEN_MOUNT,
    cleanUp: `${MOUNT_ENDS} ${OWN_CGROUP}`,
    twin: "Writes a file in the drill's directory in the same way.",
    needs: ["root", "cgroup"],
    shows: { "fd.name": "/dev/sd-eyas-drill", "container.id": "*" },
    act: (stage) => stage.call("write-apart", ["/dev", "/dev/sd-eyas-drill"], IN_CONTAINER),
    benign: (stage) => stage.call("write-apart", [stage.folder, stage.path("sd-eyas-drill")], IN_CONTAINER),
  },
  {
    name: "host-files",
    rule: "Mounted host file system modified from container",
    does: "Writes /mnt/host/eyas-drill on a separate file system, in a container's cgroup.",
    harmless: HIDDEN_MOUNT,
    cleanUp: `${MOUNT_ENDS} ${OWN_CGROUP}`,
    twin: "Writes /mnt/report/eyas-drill in the same way.",
    needs: ["root", "cgroup"],
    shows: { "fd.name": "/mnt/host/eyas-drill", "container.id": "*" },
    act: (stage) => stage.call("write-apart", ["/mnt", "/mnt/host/eyas-drill"], IN_CONTAINER),
    benign: (stage) => stage.call("write-apart", ["/mnt", "/mnt/report/eyas-drill"], IN_CONTAINER),
  },
  {
    name: "reconnaissance",
    rule: "Reconnaissance command run in container terminal",
    does: "Starts a program called whoami in a new terminal, in a container's cgroup.",
    harmless: STAND_IN,
    cleanUp: OWN_FOLDER_AND_CGROUP,
    twin: "Starts a program called report in the same way.",
    needs: ["root", "cgroup"],
    shows: { "proc.name": "whoami", "container.id": "*" },
    act: (stage) => stage.call("terminal", [stage.alias("whoami", "/bin/true")], IN_CONTAINER),
    benign: (stage) => stage.call("terminal", [stage.alias("report", "/bin/true")], IN_CONTAINER),
  },
];
