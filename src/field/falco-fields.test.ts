import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { sharedFolder } from "../../test/parts/shared.ts";
import { process, Stage } from "../../test/stage.ts";
import { home, sample } from "../agent/home.ts";
import { loadFiles } from "../agent/load/ready-rules.ts";
import { loadConfig } from "../config/load.ts";
import { Engine } from "../engine/engine.ts";
import { EventCode } from "../event/code.ts";
import { container } from "../machine/container-info.ts";
import { Machine } from "../machine/machine.ts";
import type { Observed } from "../machine/observed.ts";
import { PodTable } from "../machine/pods.ts";
import { buildRuleset } from "../rule/ruleset.ts";
import { openCapture } from "../source/capture/source.ts";
import { findField, listedFields } from "./catalogue.ts";
import { absentFields, differentFields } from "./falco-differences.ts";
import { falcoFields } from "./falco-fields.fixture.ts";
import type { Reader } from "./field.ts";
import { rolesOf } from "./roles.ts";

/** Arguments for fields that require one. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  "evt.type.is": "open",
  "evt.arg": "name",
  "evt.rawarg": "res",
  "evt.around": "1",
  "evt.abspath": "src",
  "thread.cgroup": "cpuset",
  "proc.env": "HOME",
};

function readerOf(name: string): Reader {
  const field = findField(name)?.field;
  if (field === undefined) throw new Error(`no field ${name}`);
  const isMount = name.startsWith("container.mount");
  const some = isMount ? "0" : field.argument?.index ? "1" : "app";
  return field.bind(ARGUMENTS[name] ?? (field.argument?.required ? some : undefined));
}

const readers = new Map(falcoFields.map((name) => [name, readerOf(name)]));

/** Removes the fields that have a value from a set. */
function look(event: Observed, left: Set<string>): void {
  for (const name of left) if (readers.get(name)?.(event) !== undefined) left.delete(name);
}

/** Removes the fields that have a value in an event of the sample capture. */
async function lookAtSample(left: Set<string>): Promise<void> {
  const { config } = await loadConfig(undefined, [], {});
  const text = "- rule: r\n  desc: d\n  condition: evt.num > 0\n  output: o\n  priority: INFO\n";
  const { rules } = await loadFiles([{ name: "r.yaml", text }], config, "all");
  const ruleset = buildRuleset(rules, "all");
  new Engine(openCapture(sample() ?? ""), new Machine(), ruleset, (_, event) => look(event, left)).drain();
}

const ID = "ab".repeat(32);
const object = (name: string) => ({ name, uid: `${name}-1`, labels: new Map([["app", "web"]]) });

/** Removes the fields that have a value for a process in a pod. */
function lookAtPod(left: Set<string>): void {
  const cgroup = `/kubepods/podad9e12b3-8347-4bce-b285-218ad0dc5337/crio-${ID}`;
  const stage = new Stage({}, [
    process(1, 0, { comm: "systemd" }),
    process(100, 1, { comm: "sh", pidnsInitStart: 5n }),
  ]);
  const probes = (["healthcheck", "liveness", "readiness"] as const).map((kind) => ({ kind, exe: "/bin/x", args: [] }));
  const mount = { source: "/a", destination: "/b", mode: "ro", writable: false, propagation: "rprivate" };
  const own = { fullId: ID, name: "web", labels: new Map([["app", "web"]]), mounts: [mount], probes };
  stage.machine.containerTable.put(container(own));
  const pods = new PodTable();
  const pod = {
    ...object("web-x"),
    cgroupUid: "ad9e12b3-8347-4bce-b285-218ad0dc5337",
    namespace: "shop",
    ip: "10.0.0.7",
  };
  const more = { node: "n", serviceAccount: "s", containers: [], added: new Set<string>(), probes: new Map() };
  pods.put({ ...pod, ...more }).related = {
    ...{ namespace: object("shop"), deployment: object("web"), replicaSet: object("rs") },
    ...{ replicationController: object("rc"), services: [object("svc")], owner: undefined },
  };
  stage.machine.watchPods(pods);
  const event = stage.happen(EventCode.SETSID_X, 100, [0]);
  const facts = { containerId: ID.slice(0, 12), cgroups: [["cpu", cgroup]], exeInoCtimeDurationPidnsStart: 7n };
  if (event.thread !== undefined) Object.assign(event.thread, facts);
  look(event, left);
}

/** The source text of all other tests in this directory. */
function testsOfFields(): string {
  const files = readdirSync(join(home, "src/field")).filter((file) => file.endsWith(".test.ts"));
  return files
    .filter((file) => join(home, "src/field", file) !== import.meta.filename)
    .map((file) => readFileSync(join(home, "src/field", file), "utf8"))
    .join("\n");
}

test("each field of Falco has a value, or rules that use the field get a warning", needs("recording"), async () => {
  expect(falcoFields).toHaveLength(268);
  expect(
    listedFields()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(falcoFields.toSorted());
  const left = new Set(falcoFields);
  await lookAtSample(left);
  lookAtPod(left);
  const silent = [...left].filter((name) => rolesOf(name).fixed === undefined && !Object.hasOwn(absentFields, name));
  const tested = testsOfFields();
  expect(silent.filter((name) => !new RegExp(`"${name.replaceAll(".", "\\.")}[["]`).test(tested))).toEqual([]);
});

test("the list of Falco's fields is the same as in the reference", needs("shared tables"), () => {
  const rows: readonly { name: string }[] = JSON.parse(
    readFileSync(join(sharedFolder, "reference/fields.json"), "utf8"),
  );
  expect(rows.map(({ name }) => name).toSorted()).toEqual(falcoFields.toSorted());
});

test("the fields with differences are fields of Falco", () => {
  const names = [...Object.keys(differentFields), ...Object.keys(absentFields)];
  expect(names.filter((name) => !falcoFields.includes(name) || names.filter((one) => one === name).length > 1)).toEqual(
    [],
  );
});
