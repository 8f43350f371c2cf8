import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runcFor } from "../../src/context/runtime/runc.fixture.ts";
import { makeContainerCgroup } from "../../src/drill/cgroup.ts";
import { eventGeneratorPath } from "../parts/event-generator.ts";
import { missingOf } from "../parts/needs.ts";
import type { PartName } from "../parts/parts.ts";
import type { Suite } from "./behaviour.ts";

/** Place of an action; `host` is outside containers, even if the test runs in a container. */
type Place = "host" | "container" | "privileged";

/** An action of Falco's event-generator, its place, and default rules. One of these rules must match. */
type Row = readonly [action: string, place: Place, ...rules: string[]];

/** The actions of event-generator for system calls. */
export const ROWS: readonly Row[] = [
  ["AddingSshKeysToAuthorizedKeys", "host", "SSH authorized_keys file modified"],
  ["ChangeNamespacePrivilegesViaUnshare", "container", "Namespace or mount tool started in container"],
  ["ChangeThreadNamespace", "host", "Linux namespace of another process entered"],
  ["ClearLogActivities", "host", "System log file replaced"],
  ["ContactEC2InstanceMetadataServiceFromContainer", "privileged", "Cloud metadata service accessed from container"],
  ["ContainerDriftDetectedChmod", "privileged", "Executable file created in temporary directory of container"],
  ["ContainerDriftDetectedOpenCreate", "privileged", "Executable file created in temporary directory of container"],
  ["CreateFilesBelowDev", "host", "Regular file created in /dev"],
  ["CreateHardlinkOverSensitiveFiles", "host", "Hard link created to credential file"],
  ["CreateHiddenFilesOrDirectories", "host", "Hidden file or directory created in temporary directory"],
  ["CreateSymlinkOverSensitiveFiles", "host", "Symbolic link created to credential path"],
  ["DbProgramSpawnedProcess", "host", "Program spawned by database server"],
  ["DebugfsLaunchedInPrivilegedContainer", "privileged", "Namespace or mount tool started in container"],
  ["DecodingPayloadInContainer", "privileged", "Base64 payload decoded in container"],
  ["DeleteOrRenameShellHistory", "host", "Shell history cleared"],
  ["DetectCryptoMinersUsingTheStratumProtocol", "host", "Cryptominer started"],
  ["DetectReleaseAgentFileContainerEscapes", "privileged", "Kernel helper path written from container"],
  ["DirectoryTraversalMonitoredFileRead", "host", "Sensitive file accessed through path traversal"],
  ["DisallowedSSHConnectionNonStandardPort", "host", "Outbound SSH connection to non-SSH port"],
  ["DropAndExecuteNewBinaryInContainer", "privileged", "Program executed from container writable layer"],
  ["ExecutionFromDevShm", "host", "Program executed from shared memory"],
  ["FilelessExecutionViaMemfdCreate", "host", "Fileless program executed from memfd"],
  ["FindAwsCredentials", "host", "Cloud access keys searched with find or grep"],
  ["InterpretedProcsInboundNetworkActivity", "host", "Network use by program in temporary directory"],
  ["InterpretedProcsOutboundNetworkActivity", "host", "Network use by program in temporary directory"],
  ["JavaProcessClassFileDownload", "host", "Java class received over network"],
  ["KubernetesClientToolLaunchedInContainer", "privileged", "Cluster client started in container"],
  ["LaunchIngressRemoteFileCopyToolsInContainer", "privileged", "File downloaded in container"],
  ["LaunchPackageManagementProcessInContainer", "privileged", "Package manager started in container"],
  ["LaunchRemoteFileCopyToolsInContainer", "privileged", "File transfer tool started in container"],
  ["LaunchSuspiciousNetworkToolInContainer", "privileged", "Network tool started in container"],
  ["LaunchSuspiciousNetworkToolOnHost", "host", "Network tool started on host"],
  ["MkdirBinaryDirs", "host", "Program directory modified"],
  ["ModifyBinaryDirs", "host", "Program directory modified"],
  ["ModifyContainerEntrypoint", "privileged", "Process image reopened for writing in container"],
  ["ModifyShellConfigurationFile", "host", "Shell startup file modified"],
  ["MountLaunchedInPrivilegedContainer", "privileged", "Namespace or mount tool started in container"],
  ["NetcatRemoteCodeExecutionInContainer", "privileged", "Netcat or socat shell started in container"],
  ["NonSudoSetuid", "host", "Root user ID requested by unprivileged process"],
  ["PacketSocketCreatedInContainer", "privileged", "Packet socket opened in container"],
  ["PolkitLocalPrivilegeEscalationVulnerabilityCVE20214034", "host", "Exploit of pkexec attempted"],
  [
    "PotentialLocalPrivilegeEscalationViaEnvironmentVariablesMisuse",
    "host",
    "GLIBC_TUNABLES set for privileged program",
  ],
  ["ProgramRunWithDisallowedHttpProxyEnv", "host", "Download tool started with unusual proxy"],
  ["PtraceAntiDebugAttempt", "host", "Debugger evasion attempted with ptrace"],
  ["PtraceAttachedToProcess", "host", "Process attached or modified with ptrace"],
  ["ReadEnvironmentVariableFromProcFiles", "privileged", "Process environment read in container"],
  ["ReadSensitiveFileTrustedAfterStartup", "host", "Credential file read by running server"],
  ["ReadSensitiveFileUntrusted", "host", "Credential file read by unexpected program"],
  ["ReadShellConfigurationFile", "host", "Shell startup file read by unexpected program"],
  ["ReadSshInformation", "host", "SSH directory read by unexpected program"],
  ["RemoveBulkDataFromDisk", "host", "Data destruction tool started"],
  ["RunShellUntrusted", "host", "Shell spawned by server process"],
  ["ScheduleCronJobs", "host", "Scheduled jobs listed"],
  ["SearchPrivateKeysOrPasswords", "host", "Private keys searched with find or grep"],
  ["SetSetuidOrSetgidBit", "host", "Setuid or setgid bit set on file"],
  ["SudoPotentialPrivilegeEscalation", "host", "Exploit of sudo attempted"],
  ["SystemProcsNetworkActivity", "host", "Network connection by shell or system utility"],
  ["SystemUserInteractive", "host", "Login program started by service account"],
  ["UnexpectedUDPTraffic", "host", "Outbound UDP connection to unusual port", "Network tool started on host"],
  [
    "UnprivilegedDelegationOfPageFaultsHandlingToAUserspaceProcess",
    "host",
    "Userfaultfd created by unexpected program",
  ],
  ["UserMgmtBinaries", "host", "Local account or group modified"],
  ["WriteBelowBinaryDir", "host", "Program directory modified"],
  ["WriteBelowEtc", "host", "System file created by unexpected program"],
  ["WriteBelowMonitoredDir", "host", "System file created by unexpected program"],
  ["WriteBelowRoot", "privileged", "System file created by unexpected program"],
  ["WriteBelowRpmDatabase", "host", "Package database or source modified"],
];

/** Parts of the test environment that the actions require. */
export const PARTS = [
  ...(["root", "cgroups", "network namespaces", "mount namespaces", "ip", "podman", "conmon", "runc"] as const),
  ...(["event-generator", "programs of event-generator"] as const),
] satisfies readonly PartName[];

/** Environment variable that marks the processes of an action. */
export const MARK = "EYAS_DRILL";
/** A public address for the action with an SSH client, in a separate network namespace. */
const PUBLIC_ADDRESS = "203.0.113.7";
/** Time after which an action is ended, in milliseconds. */
const PATIENCE = 60_000;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Returns the names of the actions, in order. */
export async function listActions(): Promise<string[]> {
  const listed = await outputOf([eventGeneratorPath, "list", "--all"], { PATH });
  return [...listed.matchAll(/^syscall\.(\w+)$/gm)].map(([, name = ""]) => name).sort();
}

/** Runs a program until it ends, whatever its exit code. @returns the output of the program */
function outputOf(argv: readonly [string, ...string[]], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const [program, ...words] = argv;
    const child = spawn(program, words, { env: { ...env }, timeout: PATIENCE });
    let text = "";
    const add = (chunk: Buffer): void => {
      text += chunk.toString();
    };
    child.stdout.on("data", add);
    child.stderr.on("data", add);
    child.once("error", reject);
    child.once("close", () => resolve(text));
  });
}

const words = (action: string): string[] => ["run", "--all", "--sleep", "0s", `^syscall.${action}$`];

/** Performs actions. */
export interface Performer {
  /** @returns the output of the action */
  perform(row: Row): Promise<string>;
  remove(): void;
}

/** Prepares the cgroup, the container runtime and the hosts file that the actions need. */
export function openPerformer(): Performer {
  const folder = mkdtempSync(join(tmpdir(), "eyas-actions-"));
  const cgroup = makeContainerCgroup("host");
  const runc = runcFor(folder);
  const hosts = join(folder, "hosts");
  writeFileSync(hosts, `127.0.0.1 localhost\n${PUBLIC_ADDRESS} example.com\n`);

  /** Runs an action on the host, with an SSH server on a public address of a private network. */
  function onHost(action: string): Promise<string> {
    const enter = cgroup.folders.map((each) => `echo $$ > ${each}/cgroup.procs`).join("; ");
    const network = `ip link set lo up; ip address add ${PUBLIC_ADDRESS}/32 dev lo; mount --bind ${hosts} /etc/hosts`;
    const server = `'${process.execPath}' -e 'require("net").createServer().listen(443).unref(); setTimeout(() => {}, 5000)' & sleep 1`;
    const run = [eventGeneratorPath, ...words(action)].map((word) => `'${word}'`).join(" ");
    const env = { PATH, HOME: "/root", [MARK]: action };
    if (action !== "DisallowedSSHConnectionNonStandardPort")
      return outputOf(["sh", "-c", `${enter}; exec ${run}`], env);
    return outputOf(["unshare", "-nm", "sh", "-c", `${enter}; ${network}; ${server}; ${run}`], env);
  }

  /**
   * Runs an action in a container. Its root file system is an overlay of the host's, and only its processes have the
   * mark.
   */
  function inContainer(action: string, ...more: readonly string[]): Promise<string> {
    const own = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--tmpdir", join(folder, "tmp")];
    const engine = ["podman", ...own, "--cgroup-manager", "cgroupfs", "--runtime", runc] as const;
    const program = "/usr/local/bin/event-generator";
    return outputOf(
      [
        ...engine,
        ...["run", "--rm", "--network=host", "--env", `${MARK}=${action}`, "--env", `PATH=${PATH}`, ...more],
        ...["-v", `${eventGeneratorPath}:${program}:ro`, "--rootfs", "/:O", program, ...words(action)],
      ],
      { ...(process.env as Record<string, string>), PODMAN_IGNORE_CGROUPSV1_WARNING: "1" },
    );
  }

  return {
    perform([action, place]) {
      if (place === "host") return onHost(action);
      return place === "privileged" ? inContainer(action, "--privileged") : inContainer(action);
    },
    remove() {
      cgroup.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The actions of Falco's event-generator, performed by that program. */
export const eventGenerator: Suite = {
  title: "event-generator",
  about:
    "The actions of Falco's [event-generator](https://github.com/falcosecurity/event-generator) for system calls, performed by event-generator on the host or in a Podman container.",
  async open() {
    const missing = missingOf(...PARTS);
    const performer = missing === undefined ? openPerformer() : undefined;
    return {
      behaviours: ROWS.map((row) => ({
        name: row[0],
        rules: row.slice(2),
        async act() {
          if (performer === undefined) throw new Error(missing);
          await performer.perform(row);
        },
      })),
      close: () => performer?.remove(),
    };
  },
};
