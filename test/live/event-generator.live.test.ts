// The actions of Falco's event-generator, on the host and in containers, with a default rule for each.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runcFor } from "../../src/context/runtime/runc.fixture.ts";
import { type ContainerCgroup, makeContainerCgroup } from "../../src/drill/cgroup.ts";
import { readAlerts } from "../../src/drill/check.ts";
import { eventGeneratorPath } from "../parts/event-generator.ts";
import { needs } from "../parts/needs.ts";
import { ALL_RULES, type LiveSensor, markedRules, startSensorWith } from "./sensor.ts";

/** For each action, the default rules of which one must match. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  AddingSshKeysToAuthorizedKeys: ["SSH authorized_keys file modified"],
  ChangeNamespacePrivilegesViaUnshare: ["Namespace or mount tool started in container"],
  ChangeThreadNamespace: ["Linux namespace of another process entered"],
  ClearLogActivities: ["System log file replaced"],
  ContactEC2InstanceMetadataServiceFromContainer: ["Cloud metadata service accessed from container"],
  ContainerDriftDetectedChmod: ["Executable file created in temporary directory of container"],
  ContainerDriftDetectedOpenCreate: ["Executable file created in temporary directory of container"],
  CreateFilesBelowDev: ["Regular file created in /dev"],
  CreateHardlinkOverSensitiveFiles: ["Hard link created to credential file"],
  CreateHiddenFilesOrDirectories: ["Hidden file or directory created in temporary directory"],
  CreateSymlinkOverSensitiveFiles: ["Symbolic link created to credential path"],
  DbProgramSpawnedProcess: ["Program spawned by database server"],
  DebugfsLaunchedInPrivilegedContainer: ["Namespace or mount tool started in container"],
  DecodingPayloadInContainer: ["Base64 payload decoded in container"],
  DeleteOrRenameShellHistory: ["Shell history cleared"],
  DetectCryptoMinersUsingTheStratumProtocol: ["Cryptominer started"],
  DetectReleaseAgentFileContainerEscapes: ["Kernel helper path written from container"],
  DirectoryTraversalMonitoredFileRead: ["Sensitive file accessed through path traversal"],
  DisallowedSSHConnectionNonStandardPort: ["Outbound SSH connection to non-SSH port"],
  DropAndExecuteNewBinaryInContainer: ["Program executed from container writable layer"],
  ExecutionFromDevShm: ["Program executed from shared memory"],
  FilelessExecutionViaMemfdCreate: ["Fileless program executed from memfd"],
  FindAwsCredentials: ["Cloud access keys searched with find or grep"],
  InterpretedProcsInboundNetworkActivity: ["Network use by program in temporary directory"],
  InterpretedProcsOutboundNetworkActivity: ["Network use by program in temporary directory"],
  JavaProcessClassFileDownload: ["Java class received over network"],
  KubernetesClientToolLaunchedInContainer: ["Cluster client started in container"],
  LaunchIngressRemoteFileCopyToolsInContainer: ["File downloaded in container"],
  LaunchPackageManagementProcessInContainer: ["Package manager started in container"],
  LaunchRemoteFileCopyToolsInContainer: ["File transfer tool started in container"],
  LaunchSuspiciousNetworkToolInContainer: ["Network tool started in container"],
  LaunchSuspiciousNetworkToolOnHost: ["Network tool started on host"],
  MkdirBinaryDirs: ["Program directory modified"],
  ModifyBinaryDirs: ["Program directory modified"],
  ModifyContainerEntrypoint: ["Process image reopened for writing in container"],
  ModifyShellConfigurationFile: ["Shell startup file modified"],
  MountLaunchedInPrivilegedContainer: ["Namespace or mount tool started in container"],
  NetcatRemoteCodeExecutionInContainer: ["Netcat or socat shell started in container"],
  NonSudoSetuid: ["Root user ID requested by unprivileged process"],
  PacketSocketCreatedInContainer: ["Packet socket opened in container"],
  PolkitLocalPrivilegeEscalationVulnerabilityCVE20214034: ["Exploit of pkexec attempted"],
  PotentialLocalPrivilegeEscalationViaEnvironmentVariablesMisuse: ["GLIBC_TUNABLES set for privileged program"],
  ProgramRunWithDisallowedHttpProxyEnv: ["Download tool started with unusual proxy"],
  PtraceAntiDebugAttempt: ["Debugger evasion attempted with ptrace"],
  PtraceAttachedToProcess: ["Process attached or modified with ptrace"],
  ReadEnvironmentVariableFromProcFiles: ["Process environment read in container"],
  ReadSensitiveFileTrustedAfterStartup: ["Credential file read by running server"],
  ReadSensitiveFileUntrusted: ["Credential file read by unexpected program"],
  ReadShellConfigurationFile: ["Shell startup file modified"],
  ReadSshInformation: ["SSH directory read by unexpected program"],
  RemoveBulkDataFromDisk: ["Data destruction tool started"],
  RunShellUntrusted: ["Shell spawned by server process"],
  ScheduleCronJobs: ["Scheduled jobs listed"],
  SearchPrivateKeysOrPasswords: ["Private keys searched with find or grep"],
  SetSetuidOrSetgidBit: ["Setuid or setgid bit set on file"],
  SudoPotentialPrivilegeEscalation: ["Exploit of sudo attempted"],
  SystemProcsNetworkActivity: ["Network connection by shell or system utility"],
  SystemUserInteractive: ["Login program started by service account"],
  UnexpectedUDPTraffic: ["Outbound UDP connection to unusual port", "Network tool started on host"],
  UnprivilegedDelegationOfPageFaultsHandlingToAUserspaceProcess: ["Userfaultfd created by unexpected program"],
  UserMgmtBinaries: ["Local account or group modified"],
  WriteBelowBinaryDir: ["Program directory modified"],
  WriteBelowEtc: ["System file created by unexpected program"],
  WriteBelowMonitoredDir: ["System file created by unexpected program"],
  WriteBelowRoot: ["System file created by unexpected program"],
  WriteBelowRpmDatabase: ["Package database or source modified"],
};

const folder = mkdtempSync(join(tmpdir(), "eyas-actions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Variable of the environment that identifies the processes of an action. */
const MARK = "EYAS_ACTION";
/** A public address that the action with an SSH client gets, in a network namespace of its own. */
const PUBLIC_ADDRESS = "203.0.113.7";
/** Milliseconds until an action is ended. */
const PATIENCE = 60_000;
const SECONDS = 1000;

interface Context {
  readonly name: string;
  /** Performs an action in this context, and returns its output. */
  perform(action: string): Promise<string>;
}

/** Runs a program to its end, whatever its exit code. @returns what it printed */
function outputOf(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  options: { readonly limit?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const [program, ...words] = argv;
    const child = spawn(program, words, { env: { ...env }, timeout: options.limit ?? PATIENCE });
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

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const command = (action: string): readonly [string, ...string[]] => [
  "/usr/local/bin/event-generator",
  ...["run", "--all", "--sleep", "0s", `^syscall.${action}$`],
];

/** Outside containers, even if the test runs in one. An SSH server listens on a public address of a private network. */
function onHost(cgroup: ContainerCgroup): Context {
  const hosts = join(folder, "hosts");
  writeFileSync(hosts, `127.0.0.1 localhost\n${PUBLIC_ADDRESS} example.com\n`);
  const enter = cgroup.folders.map((each) => `echo $$ > ${each}/cgroup.procs`).join("; ");
  const network = `ip link set lo up; ip address add ${PUBLIC_ADDRESS}/32 dev lo; mount --bind ${hosts} /etc/hosts`;
  const server = `'${process.execPath}' -e 'require("net").createServer().listen(443).unref(); setTimeout(() => {}, 9000)' & sleep 1`;
  return {
    name: "host",
    perform(action) {
      const [, ...words] = command(action);
      const run = [eventGeneratorPath, ...words].map((word) => `'${word}'`).join(" ");
      const env = { PATH, HOME: "/root", [MARK]: action };
      if (action !== "DisallowedSSHConnectionNonStandardPort")
        return outputOf(["sh", "-c", `${enter}; exec ${run}`], env);
      return outputOf(["unshare", "-nm", "sh", "-c", `${enter}; ${network}; ${server}; ${run}`], env);
    },
  };
}

/** In a container whose root file system is an overlay of the host's. */
function inContainer(name: string, runc: string, ...more: readonly string[]): Context {
  const own = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--tmpdir", join(folder, "tmp")];
  const engine = ["podman", ...own, "--cgroup-manager", "cgroupfs", "--runtime", runc] as const;
  return {
    name,
    perform: (action) =>
      outputOf(
        [
          ...engine,
          ...["run", "--rm", "--network=host", "--env", `${MARK}=${action}`, "--env", `PATH=${PATH}`, ...more],
          ...["-v", `${eventGeneratorPath}:/usr/local/bin/event-generator:ro`, "--rootfs", "/:O", ...command(action)],
        ],
        { ...(process.env as Record<string, string>), PODMAN_IGNORE_CGROUPSV1_WARNING: "1" },
      ),
  };
}

const parts = needs(
  ...([
    "sensor",
    "root",
    "cgroups",
    "network namespaces",
    "mount namespaces",
    "ip",
    "podman",
    "conmon",
    "runc",
  ] as const),
  ...(["event-generator", "programs of event-generator"] as const),
);

describe("the actions of event-generator", parts, () => {
  let sensor: LiveSensor;
  let cgroup: ContainerCgroup;
  let contexts: readonly Context[];
  /** Rules that matched, by action. */
  const matched = new Map<string, Set<string>>();

  function take(line: string): void {
    if (!line.includes(MARK)) return;
    for (const { rule, fields } of readAlerts(line)) {
      for (const action of [fields[`proc.env[${MARK}]`], fields[`proc.aenv[${MARK}]`]]) {
        if (typeof action === "string") matched.set(action, (matched.get(action) ?? new Set()).add(rule));
      }
    }
  }

  beforeAll(async () => {
    cgroup = makeContainerCgroup("host");
    const runc = runcFor(folder);
    contexts = [
      onHost(cgroup),
      inContainer("privileged container", runc, "--privileged"),
      inContainer("container", runc),
    ];
    sensor = await startSensorWith(ALL_RULES, markedRules(ALL_RULES), "-p", `%proc.env[${MARK}] %proc.aenv[${MARK}]`);
    sensor.onLine(take);
  }, 300 * SECONDS);
  afterAll(async () => {
    await sensor?.stop();
    cgroup?.remove();
  }, 60 * SECONDS);

  /** The rules that matched processes of an action. */
  const rulesOf = (action: string): ReadonlySet<string> => matched.get(action) ?? new Set();

  test("are those of this table", async () => {
    const listed = await outputOf([eventGeneratorPath, "list", "--all"], { PATH });
    const names = [...listed.matchAll(/^syscall\.(\w+)$/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  test.for(Object.entries(EXPECTED))("%s raises an alert", { timeout: 300 * SECONDS }, async ([action, expected]) => {
    const outputs: string[] = [];
    for (const context of contexts) {
      outputs.push(`${context.name}: ${await context.perform(action)}`);
      await sensor.settled();
      if (expected.some((rule) => rulesOf(action).has(rule))) return;
    }
    expect([...rulesOf(action)], outputs.join("\n")).toEqual(expect.arrayContaining([expected[0]]));
  });
});
