import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { alertWith, requestFor } from "../../../../test/response/alert.ts";
import { testHost } from "../../../../test/response/host.ts";
import { action } from "./sysdig.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-sysdig-test-"));
const host = testHost({ folder });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const output = { target: "local:file", parameters: { destination: join(folder, "kept") } };
const request = (hostname: string, fields: Readonly<Record<string, string>> = {}) => {
  const alert = alertWith({ "k8s.pod.name": "web-1", "k8s.ns.name": "shop", ...fields }, { hostname });
  return requestFor(action, alert, { duration: "1", output }, { host, signal: AbortSignal.timeout(20_000) });
};

describe("kubernetes:sysdig", needs("sensor"), () => {
  test("records the pod's machine to a capture that replays, and leaves no other file", async () => {
    expect(action.target(alertWith({}), {})).toHaveProperty("missing");
    expect(await action.run(request("here"))).toEqual({
      outcome: "done",
      answer: expect.stringMatching(
        /^stored \d+ bytes of events of the machine of pod shop\/web-1 in .*_shop_web-1_sysdig\.scap$/,
      ),
    });
    const [name = ""] = readdirSync(join(folder, "kept"));
    const replayed = spawnSync(host.launcher, ["replay", join(folder, "kept", name)], { encoding: "utf8" });
    expect([replayed.status, replayed.stderr]).toEqual([0, ""]);
    expect(readdirSync(tmpdir()).filter((each) => /^eyas-sysdig-[A-Za-z0-9]{6}$/.test(each))).toEqual([]);
  });

  test("records only events of the pod if the alert has its UID", async () => {
    const fields = { "k8s.pod.name": "web-2", "k8s.pod.uid": "12345678-90ab-cdef-1234-567890abcdef" };
    expect(await action.run(request("here", fields))).toEqual({
      outcome: "done",
      answer: expect.stringMatching(/^stored \d+ bytes of events of pod shop\/web-2 in .*_web-2_sysdig\.scap$/),
    });
    const [name = ""] = readdirSync(join(folder, "kept")).filter((each) => each.includes("web-2"));
    const rules = join(folder, "all.yaml");
    writeFileSync(rules, "- {rule: R, desc: d, condition: evt.num > 0, output: o, priority: INFO}\n");
    const replayed = spawnSync(host.launcher, ["replay", join(folder, "kept", name), "-r", rules, "--json"]);
    expect([replayed.status, replayed.stdout.toString()]).toEqual([0, ""]);
  });

  test("records nothing for an alert of another machine", async () => {
    expect(await action.run(request("elsewhere"))).toMatchObject({ outcome: "skipped" });
  });
});
