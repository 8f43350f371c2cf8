import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { needs } from "../test/parts/needs.ts";
import { sharedFolder } from "../test/parts/shared.ts";

const FILE = "syscall_threats.yaml";

interface Definition {
  readonly rule?: string;
  readonly list?: string;
  readonly macro?: string;
  readonly tags?: readonly string[];
}

/** The default rules that detect the behavior of each sandbox rule of Falco. */
const COUNTERPARTS: Readonly<Record<string, readonly string[]>> = {
  "Unexpected inbound connection source": ["Internal service reached from public address"],
  "Read Shell Configuration File": ["Shell startup file modified"],
  "Update Package Repository": ["Package database or source modified"],
  "Write below binary dir": ["Program directory modified"],
  "Write below monitored dir": ["Program directory modified", "System file created by unexpected program"],
  "Write below etc": ["System file created by unexpected program"],
  "Write below root": ["System file created by unexpected program"],
  "Write below rpm database": ["Package database or source modified"],
  "Modify binary dirs": ["Program directory modified"],
  "Mkdir binary dirs": ["Program directory modified"],
  "Launch Sensitive Mount Container": ["Container with host access started"],
  "Interpreted procs inbound network activity": ["Inline script with network connection", "Network use by program in temporary directory"],
  "Interpreted procs outbound network activity": ["Inline script with network connection", "Network use by program in temporary directory"],
  "Unexpected K8s NodePort Connection": ["Kubernetes NodePort accessed from container"],
  "Create Hidden Files or Directories": ["Hidden file or directory created in temporary directory"],
  "Detect outbound connections to common miner pool ports": [
    "Mining pool name resolved",
    "Mining pool port contacted by untrusted program",
  ],
  "Detect crypto miners using the Stratum protocol": ["Cryptominer started"],
  "Kubernetes Client Tool Launched in Container": ["Cluster client started in container"],
  "Container Drift Detected (chmod)": ["Executable file created in temporary directory of container"],
  "Container Drift Detected (open+create)": ["Executable file created in temporary directory of container"],
  "Container Run as Root User": ["Container with host access started"],
  "Sudo Potential Privilege Escalation": ["Exploit of sudo attempted"],
  "Unprivileged Delegation of Page Faults Handling to a Userspace Process": [
    "Userfaultfd created by unexpected program",
  ],
  "Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)": ["Exploit of pkexec attempted"],
  "Java Process Class File Download": ["Java class received over network"],
  "Modify Container Entrypoint": ["Process image reopened for writing in container"],
  "Decoding Payload in Container": ["Base64 payload decoded in container"],
  "Basic Interactive Reconnaissance": ["Reconnaissance command run in container terminal or below server"],
  "Netcat/Socat Remote Code Execution on Host": ["Netcat or socat shell started on host"],
  "Network Tool Executed During NPM Package Install": ["Network tool started by package installation"],
  "Known Cryptominer Process Executed": ["Cryptominer started"],
  "Web Server Spawned Shell": ["Shell spawned by server process"],
  "Web Server Spawned Suspicious Child Process": ["Suspicious program spawned by web server"],
  "Reverse Shell from Web Server": ["Reverse shell command started"],
  "Privileged Container Device Access": ["Device of host opened in container"],
  "Container Access to Host Sensitive Paths": ["Mounted host file system modified from container"],
};

/** Sandbox rules of Falco without a counterpart, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "Launch Disallowed Container": "it matches nothing until an operator lists the allowed images",
};

const definitions = (file: string): readonly Definition[] =>
  parse(readFileSync(join(import.meta.dirname, file), "utf8"));

describe("the rules for techniques of known attacks", () => {
  test("define no rule, list or macro of the other files again", () => {
    const named = (file: string) => definitions(file).flatMap(({ rule, list, macro }) => rule ?? list ?? macro ?? []);
    const others = new Set(["syscall.yaml", "syscall_incubating.yaml"].flatMap(named));
    expect(named(FILE).filter((name) => others.has(name))).toEqual([]);
  });

  test("detect the behavior of Falco's sandbox rules", () => {
    const files = ["syscall.yaml", "syscall_incubating.yaml", FILE];
    const own = new Set(files.flatMap(definitions).map(({ rule }) => rule));
    expect(
      Object.values(COUNTERPARTS)
        .flat()
        .filter((rule) => !own.has(rule)),
    ).toEqual([]);
  });

  test("have a counterpart for each sandbox rule of Falco but those left out", needs("upstream rules"), () => {
    const path = join(sharedFolder, "upstream-rules/falco-sandbox_rules.yaml");
    const names = (parse(readFileSync(path, "utf8")) as readonly Definition[]).flatMap(({ rule }) => rule ?? []);
    expect(names.sort()).toEqual([...Object.keys(COUNTERPARTS), ...Object.keys(LEFT_OUT)].sort());
  });

  test("have the tags by which they are disabled, a tactic of MITRE ATT&CK and their scope", () => {
    for (const { rule, tags } of definitions(FILE)) {
      if (rule === undefined) continue;
      expect(tags, rule).toEqual(expect.arrayContaining(["maturity_incubating", "threats"]));
      expect(tags, rule).toContainEqual(expect.stringMatching(/^mitre_/));
      expect(tags, rule).toContainEqual(expect.stringMatching(/^(host|container)$/));
    }
  });
});
