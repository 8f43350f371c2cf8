import { join } from "node:path";
import { expect, test } from "vitest";
import { subjectField } from "../alert/folding/subject.ts";
import { loadConfig } from "../config/load.ts";
import { home } from "./home.ts";
import { readyRules } from "./load/ready-rules.ts";

test("the subject of a rule is the object used in both output and condition, otherwise the command", async () => {
  const { config } = await loadConfig(undefined);
  const files = ["syscall.yaml", "k8s_audit.yaml", "suricata.yaml"].map((name) => join(home, "rules", name));
  const rules = await readyRules(files, config, "all", "host");
  const subjects = Object.fromEntries(
    ["syscall", "k8s_audit", "suricata"].flatMap((source) =>
      rules.of(source).ruleset.rules.map((rule) => [rule.name, subjectField(rule)]),
    ),
  );
  expect(subjects).toMatchObject({
    "Credential file read by unexpected program": "fd.name",
    "Symbolic link created to credential path": "evt.arg.target",
    "Hard link created to credential file": "evt.arg.oldpath",
    "Private keys searched with find or grep": "proc.cmdline",
    "Process attached or modified with ptrace": "proc.cmdline",
    "Outbound SSH connection to non-SSH port": "fd.sip",
    "Secret access denied": "ka.target.name",
    "Role bound to anonymous or all users": "ka.target.name",
    "High-severity IDS alert for container": "ids.id",
  });
});
