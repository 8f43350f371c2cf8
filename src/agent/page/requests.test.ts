import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { startCordoned } from "../../../test/response/cordoned.ts";
import type { AgentResponse } from "../../api/agent-view.ts";
import { loadConfig } from "../../config/load.ts";
import { newJournal } from "../../journal/alerts.fixture.ts";
import { suspendedTargets } from "../../response/release.ts";
import { readyRules } from "../load/ready-rules.ts";
import { fileOf } from "../resources/isolate.ts";
import { openRequests } from "./requests.ts";

test("a suspended target is released on the cluster of the configuration (stand-in)", async () => {
  const file = newJournal();
  const { server } = await startCordoned(file);
  try {
    const { config } = await loadConfig(undefined, [
      `journal.path=${file}`,
      `responses.parameters.kubernetes.kubeconfig=${server.kubeconfig}`,
    ]);
    const rules = await readyRules([], config, "all", "here");
    const { request } = openRequests({
      current: () => ({ config, rules, responses: undefined, pageRules: [] }),
      observer: { observed: () => undefined },
      reload() {},
    });
    expect(await request({ kind: "release", target: "all" })).toEqual({ done: true });
    expect(server.get("nodes", "", "node-1")?.spec).toEqual({});
    expect(suspendedTargets(file)?.targets).toEqual([]);
  } finally {
    await server.stop();
  }
});

test("rules are reloaded without an exception whose reload timed out", async () => {
  const file = newJournal();
  const exceptions = join(dirname(file), "exceptions.yaml");
  const ruleFile = join(dirname(file), "rules.yaml");
  writeFileSync(
    ruleFile,
    '- rule: File read\n  desc: Reads.\n  condition: evt.type = open\n  output: "%proc.name"\n  priority: WARNING\n',
  );
  const { config } = await loadConfig(undefined, [`journal.path=${file}`, `web_page.exceptions_file=${exceptions}`]);
  const rules = await readyRules([ruleFile], config, "all", "here");
  const loaded: boolean[] = [];
  const { request } = openRequests({
    current: () => ({ config, rules, responses: undefined, pageRules: [] }),
    observer: { observed: () => undefined },
    reload: () => loaded.push(existsSync(exceptions) && readFileSync(exceptions, "utf8").includes("cat")),
    reloadTimeout: 1,
  });
  const yaml =
    "- rule: File read\n  exceptions:\n    - {name: e, fields: [proc.name], comps: [=], values: [[cat]]}\n  override: {exceptions: append}\n";
  const add = { kind: "except", request: { change: "add", yaml, user: "ada" } } as const;
  expect(await request(add)).toEqual({ refused: "The reload of rules timed out." });
  expect(loaded).toEqual([true, false]);
});

test("an exception of a rule of an EyasRules resource is checked with the resource", async () => {
  const file = newJournal();
  const exceptions = join(dirname(file), "exceptions.yaml");
  const resource = {
    ...{ name: "shop", uid: "u", generation: 1, order: 0 },
    text: '- rule: Shop\n  desc: d\n  condition: evt.type = open\n  output: "%proc.name"\n  priority: WARNING\n',
  };
  const resources = { wanted: [resource], inUse: [resource], rejected: [] };
  const { config } = await loadConfig(undefined, [`journal.path=${file}`, `web_page.exceptions_file=${exceptions}`]);
  const rules = await readyRules([], config, "all", "here", { resources: resources.inUse.map(fileOf) });
  const requests = openRequests({
    current: () => ({ config, rules, responses: undefined, resources, pageRules: [] }),
    observer: { observed: () => undefined },
    reload: () => requests.reloaded({ done: true }),
  });
  const add = (rule: string): Promise<AgentResponse> => {
    const yaml = `- rule: ${rule}\n  exceptions: [{name: e, fields: [proc.name], values: [[cat]]}]\n  override: {exceptions: append}\n`;
    return requests.request({ kind: "except", request: { change: "add", yaml, user: "ada" } });
  };
  expect(await add("Shop")).toEqual({ done: true, file: exceptions, ids: [expect.stringMatching(/^[0-9a-f]{16}$/)] });
  expect(await add("Other")).toEqual({
    refused: expect.stringContaining('unknown rule "Other"'),
  });
});
