import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { alertWith } from "../../test/response/alert.ts";
import { home } from "../agent/home.ts";
import { loadValidResponses } from "../agent/responses/response-rules.ts";
import { limitSettings } from "../agent/responses/responses.ts";
import { loadConfig } from "../config/load.ts";
import { openSimulation } from "../response/simulation.ts";

const document = readFileSync(join(home, "docs/responses.md"), "utf8");
const blocks = [...document.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);

test("the example in docs/responses.md is valid and runs the documented actions", async () => {
  vi.stubEnv("WEBHOOK_SECRET", "hush");
  const folder = mkdtempSync(join(tmpdir(), "eyas-document-"));
  const [rules, settings] = ["responses.yaml", "eyas.yaml"].map((name) => {
    const text = blocks.find((block) => block!.startsWith(`# ${name}\n`));
    expect(text, name).toBeDefined();
    writeFileSync(join(folder, name), text ?? "");
    return join(folder, name);
  });
  const { config, diagnostics } = await loadConfig(settings);
  expect(diagnostics).toEqual([]);
  const { responses, remarks } = await loadValidResponses([rules!], config, true);
  expect(remarks).toEqual([]);
  const rehearsal = openSimulation(responses, limitSettings(config, true), undefined);
  const done = (...alert: Parameters<typeof alertWith>): string[] =>
    rehearsal
      .evaluate(alertWith(...alert), Date.now())
      .map(({ action, target, suppressed }) => `${action.action.name} ${suppressed?.why ?? target}`);
  const reader = { rule: "Credential file read by unexpected program" };
  expect(done({ "proc.pid": 4_194_301, "proc.name": "cat", "container.id": "host" }, reader)).toEqual([
    expect.stringMatching(/^host:kill process 4194301 cat/),
  ]);
  expect(done({ "proc.pid": 4_194_302, "container.id": "0123456789ab" }, reader)).toEqual([]);
  const guid = "11111111-2222-3333-4444-555555555555";
  const instance = { "cf.app.id": guid, "cf.process.type": "web", "cf.instance.index": "2" };
  expect(done(instance, { rule: "Interactive shell started in container" })).toEqual([
    `cloud-foundry:terminate instance web/2 of app ${guid}`,
    "webhook:signed webhook at chat.example.org",
  ]);
  vi.unstubAllEnvs();
});
