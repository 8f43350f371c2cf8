import { describe, expect, it } from "vitest";
import { alertAt, inContainer, ofProcess } from "./lanes.fixture.ts";
import { type LaneAlert, lanesOf, MAX_LANES } from "./lanes.ts";

/** The names and numbers of alerts of lanes. */
const shown = (lanes: ReturnType<typeof lanesOf>): readonly string[] =>
  lanes.map(({ name, detail, folded, alerts }) => `${name}|${detail}|${folded}|${alerts.length}`);

describe("lanes by process", () => {
  it("have one lane per PID, in the order of their first alert", () => {
    const alerts = [ofProcess(1, 20, "sh"), ofProcess(2, 7, "cat"), ofProcess(3, 20, "sh"), ofProcess(4, 21, "cat")];
    expect(shown(lanesOf(alerts, "process"))).toEqual(["sh|20|0|2", "cat|7|0|1", "cat|21|0|1"]);
  });

  it("name all programs that a process has executed, up to three", () => {
    const names = ["sh", "curl", "", "sh", "cat", "nc"];
    const alerts = names.map((name, i) => ofProcess(i, 20, name));
    expect(shown(lanesOf(alerts.slice(0, 4), "process"))).toEqual(["sh, curl|20|0|4"]);
    expect(shown(lanesOf(alerts, "process"))).toEqual(["sh, curl, cat, …|20|0|6"]);
  });

  it("distinguish the same PID on several machines by host name", () => {
    const alerts = [ofProcess(1, 20, "sh"), ofProcess(2, 20, "sh", { hostname: "node-2" }), alertAt(3)];
    expect(shown(lanesOf(alerts, "process"))).toEqual(["sh|20 node-1|0|1", "sh|20 node-2|0|1", "||0|1"]);
  });

  it("join processes without PID by name, and alerts without process", () => {
    const alerts = [ofProcess(1, 0, "sh"), alertAt(2), ofProcess(3, 0, "sh"), ofProcess(4, 0, "cat"), alertAt(5)];
    expect(shown(lanesOf(alerts, "process"))).toEqual(["sh||0|2", "||0|2", "cat||0|1"]);
  });

  it("do not mistake a name for a PID or for a missing process", () => {
    const names = ["20", "[]", "others", '"] ["'];
    const alerts = [ofProcess(0, 20, "sh"), ...names.map((name, i) => ofProcess(i + 1, 0, name)), alertAt(9)];
    expect(lanesOf(alerts, "process")).toHaveLength(6);
  });
});

describe("lanes by container and source", () => {
  it("have the name of the container, or its ID without a name", () => {
    const alerts = [inContainer(1, "host", "host"), inContainer(2, "c1", "web"), inContainer(3, "c2", ""), alertAt(4)];
    expect(shown(lanesOf(alerts, "container"))).toEqual(["host||0|1", "web||0|1", "c2||0|1", "||0|1"]);
  });

  it("distinguish containers of the same name", () => {
    expect(lanesOf([inContainer(1, "c1", "web"), inContainer(2, "c2", "web")], "container")).toHaveLength(2);
  });

  it("have one lane per source", () => {
    const alerts = [alertAt(1), alertAt(2, { source: "k8s_audit" }), alertAt(3)];
    expect(shown(lanesOf(alerts, "source"))).toEqual(["syscall||0|2", "k8s_audit||0|1"]);
  });
});

describe("many lanes", () => {
  const many = (number: number): LaneAlert[] => Array.from({ length: number }, (_, i) => ofProcess(i, i + 1, `p${i}`));

  it("are all shown up to the maximum", () => {
    expect(lanesOf(many(MAX_LANES), "process").map(({ folded }) => folded)).toEqual(new Array(MAX_LANES).fill(0));
  });

  it("are folded beyond the maximum, the lanes with the fewest alerts first, but not the lane of the alert of the page", () => {
    const subject = ofProcess(50, 51, "own", { isSubject: true });
    const alerts = [...many(50), subject, ofProcess(60, 30, "p29"), ofProcess(61, 40, "p39")];
    const lanes = lanesOf(alerts, "process");
    expect(lanes).toHaveLength(MAX_LANES);
    expect(
      lanes
        .flatMap((lane) => lane.alerts)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(alerts.map(({ id }) => id).sort());
    const last = lanes.at(-1)!;
    expect(last).toMatchObject({ folded: 51 - (MAX_LANES - 1), name: "", detail: "" });
    expect(last.alerts.map(({ at }) => at)).toEqual(last.alerts.map(({ at }) => at).sort((a, b) => a - b));
    for (const name of ["own", "p29", "p39", "p0"]) expect(lanes.map((lane) => lane.name)).toContain(name);
  });
});
