// Runs the scenarios on an API server and records their audit events in test/k8s-audit/scenarios.events.jsonl.gz:
//   node --disable-warning=ExperimentalWarning test/k8s-audit/scenarios/record.ts
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { home } from "../../../src/agent/home.ts";
import { startApiServer } from "../../parts/kubernetes/api-server.ts";
import { benign } from "./benign.ts";
import { evaluateScenarios } from "./evaluation.ts";
import { hostile, runScenarios, scenarioOf } from "./run.ts";

const log = join(mkdtempSync(join(tmpdir(), "eyas-scenarios-")), "audit.log");
const server = await startApiServer(
  `--audit-policy-file=${join(home, "deploy/kubernetes/audit-policy.yaml")}`,
  `--audit-log-path=${log}`,
);
const outcomes = await runScenarios(server, [...hostile, ...benign]).finally(() => server.close());
const lines = readFileSync(log, "utf8").trimEnd().split("\n");
// Changes by other clients explain later events.
const own = lines.filter((line) => {
  const { userAgent = "" }: { readonly userAgent?: string } = JSON.parse(line);
  return userAgent === "setup" || scenarioOf(userAgent) !== undefined;
});
const target = join(home, "test/k8s-audit/scenarios.events.jsonl.gz");
writeFileSync(target, gzipSync(`${own.join("\n")}\n`, { level: 9 }));
console.log(`${own.length} of ${lines.length} events in ${target}`);
for (const { id, answers } of outcomes)
  for (const { status, text } of answers) if (status >= 400) console.log(`${id}: ${status} ${text.slice(0, 200)}`);
const { missed, seen, noisy } = await evaluateScenarios([target]);
console.log(`hostile: ${seen.length} of ${hostile.length} seen; missed: ${missed.join(", ")}`);
console.log(
  `benign: ${benign.length}; with alerts other than activity records: ${noisy.map((one) => one.join(" → ")).join(", ")}`,
);
process.exit(0);
