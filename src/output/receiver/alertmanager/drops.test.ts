import { expect, test } from "vitest";
import { alertWith } from "../../alert.fixture.ts";
import { factsOf } from "../../alert-facts.ts";
import type { AlertmanagerKeys } from "../alertmanager.ts";
import { dropLabels } from "./drops.ts";

const keys: Pick<AlertmanagerKeys, "dropeventdefaultpriority" | "dropeventthresholds"> = {
  dropeventdefaultpriority: "notice",
  dropeventthresholds: [
    { value: 10_000, priority: "critical" },
    { value: 10, priority: "warning" },
  ],
};

function labelsOf(fields: Readonly<Record<string, number | string>>) {
  const names = Object.keys(fields);
  const values = names.map((name) => JSON.stringify(fields[name]));
  const alert = { ...alertWith("said", "Debug"), parts: { hostname: "", output: "", names, values } };
  const { labels, fields: others, priority } = dropLabels(factsOf(alert), keys);
  return { labels, others: others.map(({ name }) => name), priority };
}

test("labels contain thresholds instead of numbers of dropped events, and the priority is raised", () => {
  expect(labelsOf({ n_drops: 815_508, n_drops_bug: "11", n_evts: 2_270_350, ebpf_enabled: "1" })).toEqual({
    labels: { n_drops: ">10000", n_drops_bug: ">10" },
    others: ["ebpf_enabled"],
    priority: "Critical",
  });
});

test.each([
  [0, "0", "Warning"],
  [5, "5", "Notice"],
  [10, "10", "Notice"],
  [11, ">10", "Warning"],
])("%i dropped events result in the label %s and the priority %s", (count, label, priority) => {
  expect(labelsOf({ n_drops: count })).toMatchObject({ labels: { n_drops: label }, priority });
});

test("alerts without these fields are unchanged", () => {
  expect(labelsOf({ "proc.name": "sh" })).toEqual({ labels: {}, others: ["proc.name"], priority: "Debug" });
});
