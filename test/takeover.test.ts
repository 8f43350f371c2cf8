import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "./parts/child.ts";
import { type Service, startService } from "./service.ts";

let folder = "";
let config = "";
let service: Service;
const text = (more = ""): string => `
engine: {kind: nodriver}
journal: {path: ${join(folder, "journal.db")}}
stdout_output: {enabled: false}
webserver: {enabled: true, listen_address: 127.0.0.1, listen_port: 0}
sources: {k8s_audit: {from: "http://127.0.0.1:PORT/k8s-audit", require_token: never}}
${more}`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "eyas-takeover-"));
  config = join(folder, "eyas.yaml");
  const port = String(await freePort());
  writeFileSync(config, text().replace("PORT", port));
  service = await startService(config, folder);
});
afterEach(async () => {
  await service.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const isAlive = (pid: number): boolean => /^State:\s+[^ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

test("if a new process cannot start, the current process continues", async () => {
  const valid = readFileSync(config, "utf8");
  writeFileSync(join(folder, "rules.yaml"), "- rule: without a condition\n");
  writeFileSync(config, `${valid}rules_files: [${join(folder, "rules.yaml")}]\n`);
  process.kill(service.main, "SIGUSR2");
  await expect
    .poll(service.log)
    .toContain("Cannot start a new process to replace this one: it exited. This process continues.");
  expect(isAlive(service.main)).toBe(true);
  writeFileSync(config, valid);
  const before = service.main;
  await service.replace();
  expect(service.main).not.toBe(before);
});

test("a second request during a takeover starts no third process", async () => {
  const before = service.main;
  process.kill(before, "SIGUSR2");
  await service.replace();
  expect(service.main).not.toBe(before);
  expect(service.log().match(/Starting a new process/g)).toHaveLength(1);
});
