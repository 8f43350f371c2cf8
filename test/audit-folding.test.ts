// A command that makes many requests raises few alerts, which contain the number of all requests.
import { expect, test } from "vitest";
import { openFolding } from "../src/agent/folding.ts";
import { readyRules } from "../src/agent/load/ready-rules.ts";
import type { Alert } from "../src/alert/alert.ts";
import { loadConfig } from "../src/config/load.ts";
import { DocumentEngine } from "../src/engine/document-engine.ts";
import { parseJson } from "../src/event/json-text.ts";
import { Machine } from "../src/machine/machine.ts";
import { openInbox } from "../src/source/inbox.ts";
import { openAuditReader } from "../src/source/k8s-audit/split.ts";

/** Returns the deletion of an event. `kubectl delete events --all` sends one such request after another. */
function deletion(number: number, username: string) {
  const name = `web-${number}.18a1b2c3d4e5f607`;
  return {
    ...{ kind: "Event", apiVersion: "audit.k8s.io/v1", level: "RequestResponse", stage: "ResponseComplete" },
    ...{ auditID: `${username}-${number}`, verb: "delete", requestURI: `/api/v1/namespaces/shop/events/${name}` },
    ...{ user: { username, groups: ["system:authenticated"] }, sourceIPs: ["192.0.2.7"], userAgent: "kubectl/v1.36.3" },
    objectRef: { resource: "events", namespace: "shop", name, apiVersion: "v1" },
    responseStatus: { code: 200 },
    stageTimestamp: "2026-11-27T18:14:16.627569Z",
    annotations: { "authorization.k8s.io/decision": "allow" },
  };
}

test("94 deletions of kubectl delete events --all raise few alerts, which count all, and hide no other user", async () => {
  const { config } = await loadConfig(undefined);
  const rules = await readyRules(["rules/k8s_audit.yaml"], config, "all", "here", { sources: ["k8s_audit"] });
  const own = rules.of("k8s_audit");
  const alerts: Alert[] = [];
  const options = { emit: (alert: Alert) => void alerts.push(alert), observe() {}, isBehind: () => false, log() {} };
  const folding = openFolding({ config, rules }, options);
  const items = Array.from({ length: 94 }, (_, i) => deletion(i, "alice"));
  const list = { kind: "EventList", items: [...items, deletion(0, "bob")] };
  const inbox = openInbox("k8s_audit", { most: 100 });
  const { documents } = openAuditReader().split(parseJson(Buffer.from(JSON.stringify(list))), { time: 1n }, 1 << 20);
  inbox.offer(documents);
  new DocumentEngine(inbox, new Machine(), own.ruleset, (rule, event) => folding.match(own, rule, event)).drain();
  const at = (user: string) => alerts.filter(({ message }) => message.startsWith(`${user} deleted events in shop`));
  expect([at("alice").length, at("bob").length, alerts.length]).toEqual([config.alert_folding.burst, 1, 11]);
  folding.flush();
  expect(new Set(alerts.map(({ rule }) => rule))).toEqual(new Set(["Kubernetes events deleted"]));
  expect(at("alice").length).toBe(config.alert_folding.burst + 1);
  expect(at("alice").reduce((sum, { repeats = 0 }) => sum + 1 + repeats, 0)).toBe(94);
});
