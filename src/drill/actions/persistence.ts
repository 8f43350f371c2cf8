import type { DrillAction } from "../action.ts";
import { HIDDEN_MOUNT, MOUNT_ENDS, NOTHING_REMAINS, OWN_FOLDER, STAND_IN } from "./phrases.ts";

/** Changes that outlive a session: start files, jobs, keys, accounts, kernel code. */
export const persistence: readonly DrillAction[] = [
  {
    name: "shell-startup",
    rule: "Shell startup file modified",
    does: "Writes a file called .bashrc in the drill's folder.",
    harmless: "No shell reads the file.",
    cleanUp: OWN_FOLDER,
    twin: "Writes a file called .notes.",
    needs: [],
    shows: { "proc.name": "cp", "fd.name": "*/eyas-drill-*/.bashrc" },
    act: (stage) => stage.run(["cp", "/dev/null", `${stage.folder}/.bashrc`]),
    benign: (stage) => stage.run(["cp", "/dev/null", `${stage.folder}/.notes`]),
  },
  {
    name: "crontab",
    rule: "Scheduled job created or modified",
    does: "Starts a program called crontab with the argument that replaces the table of jobs.",
    harmless: STAND_IN,
    cleanUp: OWN_FOLDER,
    twin: "Starts it with the option that lists the table.",
    needs: [],
    shows: { "proc.name": "crontab", "proc.cmdline": "crontab -" },
    act: (stage) => stage.run([stage.alias("crontab", "/bin/true"), "-"]),
    benign: (stage) => stage.run([stage.alias("crontab", "/bin/true"), "-l"]),
  },
  {
    name: "authorized-keys",
    rule: "SSH authorized_keys file modified",
    does: "Writes a file called authorized_keys in the drill's folder.",
    harmless: "The SSH server does not read the file.",
    cleanUp: OWN_FOLDER,
    twin: "Writes a file called authorized_hosts.",
    needs: [],
    shows: { "proc.name": "cp", "fd.name": "*/eyas-drill-*/authorized_keys" },
    act: (stage) => stage.run(["cp", "/dev/null", `${stage.folder}/authorized_keys`]),
    benign: (stage) => stage.run(["cp", "/dev/null", `${stage.folder}/authorized_hosts`]),
  },
  {
    name: "add-administrator",
    rule: "Local account or group modified",
    does: "Starts a program called usermod with the arguments that add an account to the group sudo.",
    harmless: `${STAND_IN} The account does not exist.`,
    cleanUp: "The drill's folder and cgroup.",
    twin: "Starts a program called chage with the option that shows the age of a password.",
    needs: ["root", "cgroup", "host"],
    shows: { "proc.name": "usermod", "proc.cmdline": "usermod -aG sudo eyas-drill" },
    act: (stage) =>
      stage.run([stage.alias("usermod", "/bin/true"), "-aG", "sudo", "eyas-drill"], { container: "host" }),
    benign: (stage) => stage.run([stage.alias("chage", "/bin/true"), "-l", "eyas-drill"], { container: "host" }),
  },
  {
    name: "file-in-dev",
    rule: "Regular file created in /dev",
    does: "Creates an empty file in /dev.",
    harmless: "No program uses the file.",
    cleanUp: "The file.",
    twin: "Creates an empty file in /dev/shm.",
    needs: ["root"],
    shows: { "proc.name": "cp", "fd.name": "/dev/eyas-drill-*" },
    act: (stage) => stage.run(["cp", "/dev/null", stage.device("note")]),
    benign: (stage) => stage.run(["cp", "/dev/null", stage.path("/dev/shm/note")]),
  },
  {
    name: "load-bpf",
    rule: "BPF program loaded by unexpected process",
    does: "Tries to load a BPF program without instructions.",
    harmless: "The kernel rejects it.",
    cleanUp: NOTHING_REMAINS,
    twin: "Tries to create a BPF map without a size, which the kernel rejects too.",
    needs: [],
    shows: { "proc.name": "loader", "proc.cmdline": "*call.ts bpf 5" },
    act: (stage) => stage.call("bpf", ["5"], { as: "loader" }),
    benign: (stage) => stage.call("bpf", ["0"], { as: "loader" }),
  },
  writtenApart("systemd-unit", "Systemd unit created or modified", "/etc/systemd/system/eyas-drill.service"),
  writtenApart("linker-path", "Dynamic linker configuration modified", "/etc/ld.so.conf.d/eyas-drill.conf"),
  writtenApart("pam-service", "Login configuration modified", "/etc/pam.d/eyas-drill"),
  writtenApart("udev-rule", "Boot script or event hook modified", "/etc/udev/rules.d/eyas-drill.rules"),
];

/** Writes a file below /etc on a file system that no other process sees. */
function writtenApart(name: string, rule: string, file: string): DrillAction {
  return {
    name,
    rule,
    does: `Writes ${file} on a file system of its own.`,
    harmless: HIDDEN_MOUNT,
    cleanUp: MOUNT_ENDS,
    twin: "Writes a file in the drill's folder in the same way.",
    needs: ["root"],
    shows: { "proc.cmdline": `*call.ts write-apart /etc ${file}` },
    act: (stage) => stage.call("write-apart", ["/etc", file]),
    benign: (stage) => stage.call("write-apart", [stage.folder, stage.path("notes.d/eyas-drill")]),
  };
}
