import { expect, test } from "vitest";
import { actionOf, does, responsesOf } from "../../../test/response/scene.ts";
import { loadConfig } from "../../config/load.ts";
import { receivedOf, unguardedWays } from "./unguarded-ways.ts";

const kill = actionOf(does, { name: "host:kill" });
const terminate = actionOf(does, { name: "kubernetes:terminate" });
const sysdig = actionOf(does, { name: "kubernetes:sysdig" });
const lambda = actionOf(does, { name: "aws:lambda", cooldown: 0 });
const all = [kill, terminate, sysdig, lambda];

/** For each way in what may be done by it. */
async function ways(...settings: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const { config, diagnostics } = await loadConfig(undefined, settings);
  expect(diagnostics).toEqual([]);
  const list = all.map(({ name }) => name).join(", ");
  const responses = await responsesOf(
    `- {response: All, match: priority >= debug, actions: ["${list.replaceAll(", ", '", "')}"]}`,
    all,
  );
  return Object.fromEntries(unguardedWays(config, responses).map(({ where, actions }) => [where, actions]));
}

const door = "alert_intake.enabled=true";

test("alerts of just anybody call functions, and do nothing to anybody", async () => {
  expect(await ways(door)).toEqual({});
  const { config } = await loadConfig(undefined, [door]);
  expect(receivedOf(config)).toBe("calls");
  const { config: asks } = await loadConfig(undefined, [door, "alert_intake.token_file=/etc/eyas/token"]);
  expect(receivedOf(asks)).toBe("platforms");
});

test("where they are to do more, that is said with what they may do", async () => {
  expect(await ways(door, "responses.received=platforms")).toEqual({ alert_intake: ["kubernetes:terminate"] });
  expect(await ways(door, "responses.received=all")).toEqual({
    alert_intake: ["host:kill", "kubernetes:terminate", "kubernetes:sysdig"],
  });
  expect(await ways(door, "responses.received=all", "alert_intake.token=s3cr3t")).toEqual({});
  expect(await ways(door, "responses.received=none")).toEqual({});
});

test.each([
  ["http://127.0.0.1:9765/k8s-audit", true],
  ["http://0.0.0.0:9765/k8s-audit", true],
  ["/var/log/audit.json", false],
  ["kafka://broker:9092/audit", false],
])("an audit log that comes from %s may be made up by whoever reaches it: %s", async (from, isOpen) => {
  const found = await ways(`sources.k8s_audit.from=${from}`);
  expect(Object.keys(found)).toEqual(isOpen ? [from] : []);
  expect(await ways(`sources.k8s_audit.from=${from}`, "sources.k8s_audit.token=s3cr3t")).toEqual({});
});

test.each([
  ["syslog+udp://127.0.0.1:5514", true],
  ["syslog+tcp://127.0.0.1:5514", true],
  ["syslog+unix:/run/eyas.sock", false],
])("so may lines of a firewall that come by %s: %s", async (from, isOpen) => {
  expect(Object.keys(await ways(`sources.firewall.from=${from}`))).toEqual(isOpen ? [from] : []);
});
