import { afterEach, expect, test } from "vitest";
import { actionOf, responsesOf, succeeds } from "../../../test/response/scene.ts";
import { loadConfig } from "../../config/load.ts";
import { receivedSetting, unauthenticatedSenders } from "./unauthenticated-senders.ts";

const kill = actionOf(succeeds, { name: "host:kill", isLocal: true });
const terminate = actionOf(succeeds, { name: "kubernetes:terminate" });
const sysdig = actionOf(succeeds, { name: "kubernetes:sysdig", isLocal: true });
const lambda = actionOf(succeeds, { name: "aws:lambda", cooldown: 0 });
const all = [kill, terminate, sysdig, lambda];

let hasOthers = false;
afterEach(() => {
  hasOthers = false;
});

/** Actions that each unauthenticated endpoint can trigger. */
async function senders(...settings: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const { config, diagnostics } = await loadConfig(undefined, settings);
  expect(diagnostics).toEqual([]);
  const list = all.map(({ name }) => name).join(", ");
  const responses = await responsesOf(
    `- {response: All, match: priority >= debug, actions: ["${list.replaceAll(", ", '", "')}"]}`,
    all,
  );
  return Object.fromEntries(
    unauthenticatedSenders(config, responses, () => hasOthers).map(({ where, actions }) => [where, actions]),
  );
}

const intake = "alert_intake.enabled=true";

test("unauthenticated alerts trigger only calls", async () => {
  expect(await senders(intake)).toEqual({});
  const { config } = await loadConfig(undefined, [intake]);
  expect(receivedSetting(config)).toBe("calls");
  const { config: asks } = await loadConfig(undefined, [intake, "alert_intake.token_file=/etc/eyas/token"]);
  expect(receivedSetting(asks)).toBe("platforms");
});

test("an unauthenticated alert_intake that triggers other actions is reported with these actions", async () => {
  expect(await senders(intake, "responses.received=platforms")).toEqual({ alert_intake: ["kubernetes:terminate"] });
  expect(await senders(intake, "responses.received=all")).toEqual({
    alert_intake: ["host:kill", "kubernetes:terminate", "kubernetes:sysdig"],
  });
  expect(await senders(intake, "responses.received=all", "alert_intake.token=s3cr3t")).toEqual({});
  expect(await senders(intake, "responses.received=none")).toEqual({});
});

test.each([
  ["http://127.0.0.1:9765/k8s-audit", true],
  ["http://0.0.0.0:9765/k8s-audit", true],
  ["/var/log/audit.json", false],
  ["kafka://broker:9092/audit", false],
])("an audit log from %s has unauthenticated senders: %s", async (from, isOpen) => {
  const found = await senders(`sources.k8s_audit.from=${from}`);
  expect(Object.keys(found)).toEqual(isOpen ? [from] : []);
  expect(await senders(`sources.k8s_audit.from=${from}`, "sources.k8s_audit.token=s3cr3t")).toEqual({});
});

test.each([
  ["syslog+udp://127.0.0.1:5514", true],
  ["syslog+tcp://127.0.0.1:5514", true],
  ["syslog+unix:/run/eyas.sock", false],
])("a firewall log from %s has unauthenticated senders: %s", async (from, isOpen) => {
  expect(Object.keys(await senders(`sources.firewall.from=${from}`))).toEqual(isOpen ? [from] : []);
});

test("listeners on a loopback address that require the first token have no unauthenticated senders", async () => {
  hasOthers = true;
  const all = ["responses.received=all", intake];
  expect(await senders(...all, "sources.k8s_audit.from=http://127.0.0.1:9765/k8s-audit")).toEqual({});
  expect(Object.keys(await senders(...all, "alert_intake.require_token=never"))).toEqual(["alert_intake"]);
  expect(Object.keys(await senders(...all, "alert_intake.listen_address=0.0.0.0"))).toEqual(["alert_intake"]);
});
