import { expect, test } from "vitest";
import { startCordoned } from "../../../test/response/cordoned.ts";
import { loadConfig } from "../../config/load.ts";
import { newJournal } from "../../journal/alerts.fixture.ts";
import { suspendedTargets } from "../../response/release.ts";
import { readyRules } from "../load/ready-rules.ts";
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
      current: () => ({ config, rules, responses: undefined }),
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
