import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Engine } from "../engine/engine.ts";
import { container } from "../machine/container-info.ts";
import { Machine } from "../machine/machine.ts";
import { buildRuleset } from "../rule/ruleset.ts";
import { openCapture } from "../source/capture/source.ts";
import { stateOf } from "./state.ts";

const NO_LIMIT = { most: Number.POSITIVE_INFINITY };

/** A container in which all properties are set. */
const box = container({
  ...{ fullId: "a".repeat(64), type: "podman", name: "caf\u00c3\u00a9", image: "example.org/web:1", imageId: "f00" },
  ...{ repository: "example.org/web", tag: "1", digest: "sha256:1", privileged: true, hostPid: true },
  ...{ hostNetwork: true, hostIpc: true, ip: "10.0.0.2", cniJson: '{"eth0":"10.0.0.2"}', sandboxId: "s".repeat(64) },
  mounts: [{ source: "/a", destination: "/b", mode: "ro", writable: false, propagation: "rprivate" }],
  labels: new Map([["app", "web"]]),
  probes: [{ kind: "liveness", exe: "curl", args: ["-f"] }],
  sandboxLabels: new Map([["pod", "web-1"]]),
});

function replayed(bytes: Uint8Array): Machine {
  const folder = mkdtempSync(join(tmpdir(), "eyas-state-"));
  const file = join(folder, "state.scap");
  writeFileSync(file, bytes);
  const machine = new Machine({ containers: true });
  const source = openCapture(file);
  new Engine(source, machine, buildRuleset([], "all"), () => {}).drain();
  expect(source.warning).toBeUndefined();
  source.close();
  rmSync(folder, { recursive: true });
  return machine;
}

test("metadata, users and groups of containers are part of the state", () => {
  const machine = new Machine({ containers: true });
  machine.containerTable.put(box);
  machine.accountTable.addUser(box.id, { uid: 33, gid: 33, name: "www-data", home: "/var/www", shell: "/bin/sh" });
  machine.accountTable.addGroup(box.id, { gid: 33, name: "www-data" });
  machine.accountTable.addUser("", { uid: 0, gid: 0, name: "root", home: "/root", shell: "/bin/bash" });
  const { containerTable, accountTable } = replayed(stateOf(machine, 1_700_000_000_000_000_000n, NO_LIMIT));
  expect([...containerTable.values()]).toEqual([box]);
  expect(accountTable.user(box.id, 33)).toEqual(machine.accountTable.user(box.id, 33));
  expect(accountTable.group(box.id, 33)?.name).toBe("www-data");
  expect(accountTable.user("", 0)?.name).toBe("root");
});

test("metadata of a container that is too long is omitted", () => {
  const machine = new Machine({ containers: true });
  machine.containerTable.put(container({ fullId: "b".repeat(64), cniJson: "x".repeat(2 << 20) }));
  expect(replayed(stateOf(machine, 1n, NO_LIMIT)).containerTable.size).toBe(0);
});

test("a state that is too large has users and no threads, and is a valid beginning of a capture", () => {
  const machine = new Machine({ containers: true });
  machine.containerTable.put(container({ fullId: "b".repeat(64), cniJson: "x".repeat(100_000) }));
  machine.accountTable.addUser("", { uid: 0, gid: 0, name: "root", home: "/root", shell: "/bin/bash" });
  const state = stateOf(machine, 1n, { most: 10_000 });
  expect(state.length).toBeLessThan(10_000);
  const { accountTable, containerTable } = replayed(state);
  expect([accountTable.user("", 0)?.name, containerTable.size]).toEqual(["root", 0]);
});
