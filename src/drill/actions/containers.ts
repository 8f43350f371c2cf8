import type { DrillAction, Ran, Stage } from "../action.ts";
import { OWN_FOLDER_AND_CGROUP, STAND_IN, STAY } from "./phrases.ts";

/** Container escape. */
export const containers: readonly DrillAction[] = [
  {
    name: "load-module",
    rule: "Kernel module loaded from container",
    does: "Tries to load a kernel module of sixteen zero bytes, in a container's cgroup.",
    harmless: "It is not a module; the kernel rejects it.",
    cleanUp: "The drill's cgroups.",
    twin: "Reads the list of file systems of the kernel.",
    needs: ["root", "cgroup"],
    shows: { "proc.cmdline": "*call.ts load-module", "container.id": "*" },
    act: (stage) => stage.call("load-module", [], { container: "docker" }),
    benign: (stage) => stage.run(["cat", "/proc/filesystems"], { container: "docker" }),
  },
  {
    name: "debugfs",
    rule: "File system debugger started in privileged container",
    does: "Starts a program called debugfs in a container's cgroup, with every capability.",
    harmless: STAND_IN,
    cleanUp: OWN_FOLDER_AND_CGROUP,
    twin: "Starts a program called dumpfs.",
    needs: ["root", "cgroup"],
    shows: { "proc.name": "debugfs", "container.id": "*" },
    act: (stage) => stage.run([stage.alias("debugfs", "/bin/true"), "/dev/null"], { container: "docker" }),
    benign: (stage) => stage.run([stage.alias("dumpfs", "/bin/true"), "/dev/null"], { container: "docker" }),
  },
  {
    name: "release-agent",
    rule: "Kernel helper path written from container",
    does: "Writes a file called release_agent in the drill's folder, in a container's cgroup.",
    harmless: "It is a regular file, which the kernel does not read.",
    cleanUp: OWN_FOLDER_AND_CGROUP,
    twin: "Writes a file called release_notes.",
    needs: ["root", "cgroup"],
    shows: { "proc.name": "cp", "fd.name": "*/release_agent", "container.id": "*" },
    act: (stage) => stage.run(["cp", "/dev/null", `${stage.folder}/release_agent`], { container: "docker" }),
    benign: (stage) => stage.run(["cp", "/dev/null", `${stage.folder}/release_notes`], { container: "docker" }),
  },
  {
    name: "copy-out",
    rule: "Files copied out of container with tar",
    does: "Starts a program called tar that would create an archive, below a process called runc in a container's cgroup.",
    harmless: STAND_IN,
    cleanUp: OWN_FOLDER_AND_CGROUP,
    twin: "Starts it to list an archive.",
    needs: ["root", "cgroup", "shell"],
    shows: { "proc.name": "tar", "proc.cmdline": "tar -cf - /etc", "container.id": "*" },
    act: (stage) => belowRuntime(stage, `${stage.alias("tar", "/bin/true")} -cf - /etc`),
    benign: (stage) => belowRuntime(stage, `${stage.alias("tar", "/bin/true")} -tf -`),
  },
  {
    name: "scan-from-container",
    rule: "Network tool started in container",
    does: "Starts a program called nmap in a container's cgroup.",
    harmless: STAND_IN,
    cleanUp: OWN_FOLDER_AND_CGROUP,
    twin: "Starts a program called netmap.",
    needs: ["root", "cgroup"],
    shows: { "proc.name": "nmap", "container.id": "*" },
    act: (stage) => stage.run([stage.alias("nmap", "/bin/true"), "127.0.0.1"], { container: "docker" }),
    benign: (stage) => stage.run([stage.alias("netmap", "/bin/true"), "127.0.0.1"], { container: "docker" }),
  },
  {
    name: "transfer-tool",
    rule: "File transfer tool started in container",
    does: "Starts a program called rsync in a container's cgroup.",
    harmless: STAND_IN,
    cleanUp: OWN_FOLDER_AND_CGROUP,
    twin: "Starts a program called resync.",
    needs: ["root", "cgroup"],
    shows: { "proc.name": "rsync", "container.id": "*" },
    act: (stage) => stage.run([stage.alias("rsync", "/bin/true"), "-a", "/nothing", "."], { container: "docker" }),
    benign: (stage) => stage.run([stage.alias("resync", "/bin/true"), "-a", "/nothing", "."], { container: "docker" }),
  },
  {
    name: "download-in-container",
    rule: "File downloaded in container",
    does: "Starts a program called curl with a file as output, in a container's cgroup.",
    harmless: STAND_IN,
    cleanUp: OWN_FOLDER_AND_CGROUP,
    twin: "Starts it with an output that discards the response, as health checks do.",
    needs: ["root", "cgroup"],
    shows: { "proc.name": "curl", "proc.cmdline": "curl -o tool http://127.0.0.1:9/tool", "container.id": "*" },
    act: (stage) =>
      stage.run([stage.alias("curl", "/bin/true"), "-o", "tool", "http://127.0.0.1:9/tool"], { container: "docker" }),
    benign: (stage) =>
      stage.run([stage.alias("curl", "/bin/true"), "-o", "/dev/null", "http://127.0.0.1:9/"], { container: "docker" }),
  },
  {
    name: "install-software",
    rule: "Software installed or removed in container",
    also: ["Package manager started in container"],
    does: "Starts a program called apt-get with the arguments that install a package, in a container's cgroup.",
    harmless: STAND_IN,
    cleanUp: OWN_FOLDER_AND_CGROUP,
    twin: "Starts a program called report with the same arguments.",
    needs: ["root", "cgroup"],
    shows: { "proc.name": "apt-get", "proc.cmdline": "apt-get install eyas-drill", "container.id": "*" },
    act: (stage) => stage.run([stage.alias("apt-get", "/bin/true"), "install", "eyas-drill"], { container: "docker" }),
    benign: (stage) =>
      stage.run([stage.alias("report", "/bin/true"), "install", "eyas-drill"], { container: "docker" }),
  },
];

/** Runs a command below a process called runc, in a container's cgroup. */
function belowRuntime(stage: Stage, command: string): Promise<Ran> {
  return stage.run([stage.alias("runc", stage.shell), "-c", command + STAY], { container: "docker" });
}
