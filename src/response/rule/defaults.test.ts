import { describe, expect, it } from "vitest";
import { actions } from "../list.ts";
import { readResponses } from "./read.ts";

/** Returns the errors of a rule whose action has these parameters. */
async function messages(parameters: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const text = `- response: A\n  match: priority >= debug\n  actions: [{action: cloud-foundry:stop, parameters: ${parameters}}]\n`;
  const { results } = await readResponses([{ name: "r.yaml", text }], { actions, environment, strict: true });
  return results.flatMap(({ errors }) => errors.map(({ message }) => message)).join("\n");
}

describe("an invalid parameter is reported", () => {
  it("without the password in a URL", async () => {
    const message = await messages('{api: "https://admin:T0P@api.example"}');
    expect(message).toContain('"api" takes a URL (https://… or http://…) without credentials');
    expect(message).not.toContain("T0P");
  });

  it("without values of the environment", async () => {
    const message = await messages('{api: "${PLACE}"}', { PLACE: "T0P" });
    expect(message).toContain('"api" takes a URL (https://… or http://…) without credentials');
    expect(message).not.toContain("T0P");
  });

  it("with the value in the rule", async () => {
    expect(await messages("{api: somewhere}")).toContain('not "somewhere"');
  });
});
