import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { home } from "../home.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-changeable-"));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const rules = file(
  "rules.yaml",
  "- rule: R\n  desc: D\n  condition: evt.type = execve\n  output: x\n  priority: WARNING\n",
);
const secret = file("secret", "whsec_AAAA\n");
const responses = file(
  "responses.yaml",
  `- response: R
  match: rule exists
  actions: [{action: webhook:signed, parameters: {url: "https://example.org", secret_file: ${secret}}}]
`,
);
const config = file(
  "eyas.yaml",
  `rules_files: [${rules}]
journal: {path: ${join(folder, "journal.db")}}
responses: {rules_files: [${responses}]}
`,
);
const run = (...words: readonly string[]) =>
  spawnSync(join(home, "bin/eyas"), ["run", "-c", config, ...words], { encoding: "utf8" });

it("configuration and rules that only this user and root can change cause no warning", () => {
  const { stderr, status } = run("--dry-run");
  expect(stderr).not.toMatch(/writable|belongs/);
  expect(status).toBe(0);
});

it("a configuration, rules or response rules that all users can write cause a warning", () => {
  for (const each of [config, rules, responses]) {
    chmodSync(each, 0o666);
    const { stderr, status } = run("--dry-run");
    chmodSync(each, 0o644);
    expect(stderr).toContain(`warning: ${each} is writable by all users: run chmod o-w ${each}.`);
    expect(status).toBe(0);
  }
});

it("a secret file that all users can write is rejected", () => {
  chmodSync(secret, 0o666);
  const { stderr, status } = run("--dry-run");
  chmodSync(secret, 0o644);
  expect(stderr).toContain(
    `${responses}:3:13: ${secret} is writable by all users: run chmod o-w ${secret} (webhook:signed, secret_file).`,
  );
  expect(status).toBe(1);
});

it("a process ID file that is a symbolic link is rejected", () => {
  const link = join(folder, "eyas.pid");
  symlinkSync(config, link);
  const { stderr, status } = run("-P", link, "-o", "engine.kind=nodriver");
  expect(stderr).toContain(`${link} is a symbolic link`);
  expect(status).toBe(1);
});

describe("as root", needs("root"), () => {
  it("a configuration that belongs to another user causes a warning", () => {
    chownSync(config, 1234, 1234);
    const { stderr } = run("--dry-run");
    chownSync(config, 0, 0);
    expect(stderr).toContain(`warning: ${config} belongs to user 1234: run chown 0 ${config}.`);
  });
});
