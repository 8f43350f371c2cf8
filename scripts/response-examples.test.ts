import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { loadConfig } from "../src/config/load.ts";
import { signatureOf } from "../src/response/actions/webhook/signature.ts";
import { actions } from "../src/response/list.ts";
import { readResponses } from "../src/response/rule/read.ts";
import { sharedParameterErrors } from "../src/response/shared-parameters.ts";
import { needs } from "../test/parts/needs.ts";

const docs = join(import.meta.dirname, "../docs");
const folder = mkdtempSync(join(tmpdir(), "eyas-response-examples-"));

/** Returns the examples in a language, each with its document and number. */
function shownIn(language: string): (readonly [string, string])[] {
  return readdirSync(docs)
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => {
      const blocks = readFileSync(join(docs, name), "utf8").matchAll(
        new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"),
      );
      return [...blocks].map(([, text = ""], i) => [`${name}, example ${i + 1}`, text] as const);
    });
}

describe("the examples of responses in documents are valid", () => {
  const rules = shownIn("yaml").filter(([, text]) => /^- response:/m.test(text));

  it("exist", () => {
    expect(rules.length).toBeGreaterThan(6);
  });

  it.each(rules)("rules: %s", async (name, text) => {
    const { results } = await readResponses([{ name, text }], {
      actions,
      environment: { WEBHOOK_SECRET: "hidden" },
      strict: true,
    });
    expect(results.flatMap(({ errors }) => errors)).toEqual([]);
  });

  it.each(shownIn("yaml").filter(([, text]) => parseDocument(text).has("responses")))(
    "configuration: %s",
    async (_, text) => {
      const file = join(folder, "eyas.yaml");
      writeFileSync(file, text);
      const { config } = await loadConfig(file);
      expect(await sharedParameterErrors(config.responses.parameters, actions)).toEqual([]);
    },
  );
});

describe("the receiver's side of signed webhooks, as the documents show it", () => {
  const key = "a secret of ours";
  const body = '{"rule":"naïve 漢字","output":"a\\nb"}';
  const now = Math.floor(Date.now() / 1000);
  const headersOf = (time: number, secret = key) => ({
    "webhook-id": "id-1",
    "webhook-timestamp": String(time),
    "webhook-signature": `v1,AAAA ${signatureOf(secret, "id-1", time, body)}`,
  });
  const cases = [
    { headers: headersOf(now), body, genuine: true },
    { headers: headersOf(now), body: `${body} `, genuine: false },
    { headers: headersOf(now, "another"), body, genuine: false },
    { headers: headersOf(now - 3600), body, genuine: false },
  ];
  const [js] = shownIn("js").filter(([, text]) => text.includes("isGenuine"));
  const [python] = shownIn("python").filter(([, text]) => text.includes("is_genuine"));

  it("works in JavaScript", async () => {
    const file = join(folder, "verify.mjs");
    writeFileSync(file, js![1]);
    const { isGenuine } = await import(file);
    for (const { headers, body, genuine } of cases) expect(isGenuine(headers, body, Buffer.from(key))).toBe(genuine);
  });

  it("works in Python", needs("python3"), () => {
    const program = `${python![1]}
import json, sys
print(json.dumps([is_genuine(c["headers"], c["body"].encode(), b"${key}") for c in json.load(sys.stdin)]))`;
    const out = execFileSync("python3", ["-c", program], { input: JSON.stringify(cases), encoding: "utf8" });
    expect(JSON.parse(out)).toEqual(cases.map(({ genuine }) => genuine));
  });
});
