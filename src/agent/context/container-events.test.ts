import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "../../config/load.ts";
import { Engine } from "../../engine/engine.ts";
import type { Event } from "../../event/event.ts";
import { container } from "../../machine/container-info.ts";
import { Machine } from "../../machine/machine.ts";
import { buildRuleset } from "../../rule/ruleset.ts";
import { nothing, type Source } from "../../source/source.ts";
import { loadFiles, readyRules } from "../load/ready-rules.ts";
import { containerEvents } from "./container-events.ts";

const { config } = await loadConfig(undefined, [], {});
const folder = mkdtempSync(join(tmpdir(), "eyas-container-events-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FIELDS =
  "%evt.type %evt.category %evt.is_async %container.id %container.type %container.image.repository " +
  "%container.full_id %container.label[tier] %k8s.pod.name %proc.name";

async function rulesFor(...conditions: readonly string[]) {
  const rules = conditions.map(
    (condition, i) => `- rule: r${i}\n  desc: d\n  condition: ${condition}\n  output: "${FIELDS}"\n  priority: INFO\n`,
  );
  const { rules: loaded, results } = await loadFiles([{ name: "r.yaml", text: rules.join("") }], config, "all");
  expect(results.flatMap(({ errors }) => errors)).toEqual([]);
  return { ruleset: buildRuleset(loaded, "all"), texts: loaded.map(({ template }) => template) };
}

const web = container({
  fullId: "a1b2c3d4e5f6".padEnd(64, "0"),
  type: "docker",
  name: "web",
  repository: "example.org/web",
  privileged: true,
  labels: new Map([
    ["tier", "front"],
    ["io.kubernetes.pod.name", "web-1"],
  ]),
});

/** Stub of a live machine without processes. */
const live = { isAlive: () => true };

test.for([
  ["live", live],
  ["in a capture", {}],
] as const)("%s, the events of a container have the metadata of the container and no process", async ([, hooks]) => {
  const { ruleset, texts } = await rulesFor(
    "evt.type = container and container.privileged = true",
    "evt.type in (container_removed)",
    "evt.type = execve",
    "container.name = web",
  );
  const lines: string[] = [];
  const machine = new Machine(hooks);
  const engine = new Engine(nothing, machine, ruleset, (rule, event) =>
    lines.push(`${rule} ${texts[rule]?.text(event)}`),
  );
  const events = containerEvents(
    (event) => engine.insert(event),
    () => 1000,
  );
  events.started(web);
  engine.drain();
  events.ended(web);
  expect(engine.drain()).toBe(1);
  const facts = "other true a1b2c3d4e5f6 docker example.org/web a1b2c3d4e5f6";
  expect(lines).toEqual([
    expect.stringMatching(new RegExp(`^0 container ${facts}0+ front web-1 <NA>$`)),
    expect.stringMatching(/^3 container /),
    expect.stringMatching(new RegExp(`^1 container_removed ${facts}0+ front web-1 <NA>$`)),
    expect.stringMatching(/^3 container_removed /),
  ]);
  expect(machine.containerTable.get(web.id)?.name).toBe("isAlive" in hooks ? undefined : "web");
});

test("inserted events of all containers are recorded, and events that are too large are dropped", async () => {
  const { ruleset } = await rulesFor("evt.type = container");
  const recorded: number[] = [];
  const source: Source = { ...nothing, inserted: (event: Event) => recorded.push(event.size) };
  const engine = new Engine(source, new Machine(), ruleset, () => {});
  const bytes: Uint8Array[] = [];
  containerEvents((event) => bytes.push(event)).started(web);
  for (let i = 0; i < 8192; i++) expect(engine.insert(bytes[0]!)).toBe(true);
  expect(engine.insert(new Uint8Array(64 << 20))).toBe(false);
  expect(engine.drain()).toBe(8192);
  expect(new Set(recorded)).toEqual(new Set([bytes[0]!.length]));
  expect(engine.matches[0]).toBe(8192);
});

test.for([
  ["evt.type = container", true],
  ["evt.type in (execve, container_removed)", true],
  ["evt.asynctype = container", true],
  ["evt.type != openat and evt.is_async = true", true],
  ["evt.type = execve and container.name = web", false],
  ["container.privileged = true", false],
  ["not evt.type = open", false],
] as const)("a rule on %s requires the events of containers: %s", async ([condition, wanted]) => {
  const file = join(folder, "rules.yaml");
  writeFileSync(file, `- {rule: R, desc: d, condition: "${condition}", output: o, priority: INFO}\n`);
  const { wantsContainerEvents } = await readyRules([file], config, "all", "");
  expect(wantsContainerEvents).toBe(wanted);
});
