import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { actions } from "./list.ts";
import { readResponses } from "./rule/read.ts";
import { type SharedParameters, sharedParameterErrors } from "./shared-parameters.ts";

const rules = `
- response: End the instance
  match: priority >= critical
  actions:
    - action: cloud-foundry:terminate
      username: another
`;

async function read(shared: SharedParameters | undefined) {
  const files = [{ name: "responses.yaml", text: rules }];
  const options = { actions, environment: {}, strict: true, ...(shared && { shared }) };
  const { responses, results } = await readResponses(files, options);
  return { parameters: responses[0]?.actions[0]?.parameters, result: results[0] };
}

describe("shared parameters", () => {
  it("apply where a rule does not set them", async () => {
    const { parameters, result } = await read({
      "cloud-foundry": { api: "https://api.example.org", username: "eyas", password: "hidden", verify: "false" },
      marathon: { api: "https://marathon.example.org" },
    });
    expect(result!.errors).toEqual([]);
    expect(parameters).toMatchObject({
      api: "https://api.example.org",
      username: "another",
      password: "hidden",
      verify: false,
      client_id: "cf",
    });
  });

  it("may be missing only where the configuration is unknown", async () => {
    expect((await read({})).result!.errors).toMatchObject([{ message: expect.stringContaining('parameter "api"') }]);
    const { result } = await read(undefined);
    expect(result!.errors).toEqual([]);
    expect(result!.warnings).toMatchObject([{ message: expect.stringContaining("responses.parameters") }]);
  });

  it("are validated, and errors do not contain values", async () => {
    const mistakes = await sharedParameterErrors(
      {
        "cloud-foundry": { api: "ftp://hidden", usernam: "x", password: "" },
        "cloud-foundri": {},
      },
      actions,
    );
    expect(mistakes).toEqual([
      "responses.parameters.cloud-foundry.api takes a URL (https://… or http://…) without credentials",
      'responses.parameters.cloud-foundry: no action of cloud-foundry has a parameter "usernam". Did you mean "username"?',
      'responses.parameters.cloud-foundri: no action name begins with "cloud-foundri:". Did you mean "cloud-foundry"?',
    ]);
  });

  it("come from the configuration with expanded environment variables", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "eyas-shared-")), "eyas.yaml");
    writeFileSync(
      file,
      "responses:\n  parameters:\n    cloud-foundry: {api: https://api.example.org, password: '${CF_PASSWORD}'}\n    aws:\n      region: eu-central-1\n",
    );
    const { config, diagnostics } = await loadConfig(file, [], { CF_PASSWORD: "hidden" });
    expect(diagnostics).toEqual([]);
    expect(config.responses.parameters).toEqual({
      "cloud-foundry": { api: "https://api.example.org", password: "hidden" },
      aws: { region: "eu-central-1" },
    });
    expect(await sharedParameterErrors(config.responses.parameters, actions)).toEqual([]);
    writeFileSync(file, "responses:\n  parameters:\n    cloud-foundry: text\n");
    expect((await loadConfig(file)).diagnostics).toHaveLength(1);
  });
});
