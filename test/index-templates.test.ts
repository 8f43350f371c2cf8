// The files of `eyas outputs template`, installed on real servers whose templates agents may not change.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { isObject } from "../src/api/object.ts";
import { loadConfig } from "../src/config/load.ts";
import { openOutputs } from "../src/output/outputs.ts";
import { alertAbout } from "../src/output/receiver.fixture.ts";
import { needs } from "./parts/needs.ts";
import { sharedServer } from "./parts/shared-server.ts";

const run = promisify(execFile);
/** The test servers lack the plugin for index policies: output-templates.test.ts tests the policy with a stand-in. */
const withoutPolicy = ["numberofreplicas=0", "retention=0", "reportstate=false"];

describe.each(["opensearch-2", "opensearch-3"] as const)("%s", (edition) => {
  describe("with index templates of an administrator", needs(edition), () => {
    const folder = mkdtempSync(join(tmpdir(), "eyas-index-templates-"));
    let url: string;
    beforeAll(async () => {
      url = new URL(await sharedServer(edition)).origin;
    }, 120_000);
    const created: string[] = [];
    afterEach(async () => {
      for (const path of created.splice(0)) await fetch(url + path, { method: "DELETE" });
      rmSync(folder, { recursive: true, force: true });
    });

    async function ask(method: string, path: string, body?: string): Promise<Readonly<Record<string, unknown>>> {
      const headers = { "content-type": "application/json" };
      const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) });
      const text = await response.text();
      expect([response.status, response.status === 200 ? "" : text]).toEqual([200, ""]);
      const value: unknown = JSON.parse(text);
      return isObject(value) ? value : {};
    }

    async function deliver(options: readonly string[]): Promise<unknown> {
      const { config } = await loadConfig(undefined, ["stdout_output.enabled=false", ...options]);
      const [output] = await openOutputs(config);
      const delivery = await output?.deliver([alertAbout("x", { time: BigInt(Date.now()) * 1_000_000n })]);
      await output?.close();
      return delivery;
    }

    test.each([
      ["ecs", "datastream"],
      ["falcosidekick", "index"],
    ])(
      "the files equal the objects that the output creates, and an output that creates no objects can use them: %s",
      async (layout, key) => {
        const name = `logs-own-${randomUUID()}`;
        const path = `/_index_template/${name}`;
        const target = layout === "ecs" ? `/_data_stream/${name}` : `/${name}`;
        const components = ["eyas", "custom"].map((part) => `/_component_template/${name}@${part}`);
        created.push(target, path, ...components);
        const keys = [`hostport=${url}`, `layout=${layout}`, `${key}=${name}`, "suffix=none", ...withoutPolicy];
        const options = keys.map((one) => `outputs.opensearch.${one}`);

        const templates = () => Promise.all([...components, path].map((each) => ask("GET", each)));

        expect(await deliver(options)).toEqual({ outcome: "delivered" });
        const own = await templates();
        for (const each of [target, path, ...components]) await ask("DELETE", each);

        const words = ["outputs", "template", "--to", folder, ...options.flatMap((option) => ["-o", option])];
        const { stdout } = await run(join(home, "bin/eyas"), words);
        const kinds = ["component-template", "custom-component-template", "index-template"];
        const files = kinds.map((kind) => join(folder, `opensearch-${kind}.json`));
        const requests = [...components, path].map((each, i) => [files[i]!, each] as const);
        expect(stdout).toBe(requests.map(([file, each]) => `${file}: PUT ${each}\n`).join(""));
        for (const [file, each] of requests) await ask("PUT", each, readFileSync(file, "utf8"));
        expect(await templates()).toEqual(own);

        expect(await deliver([...options, "outputs.opensearch.createindextemplate=false"])).toEqual({
          outcome: "delivered",
        });
        await ask("POST", `/${name}/_refresh`);
        expect(await ask("GET", `/${name}/_count`)).toMatchObject({ count: 1 });
        expect(await templates()).toEqual(own);
      },
    );

    test("the custom component template overrides settings and mappings, and adds fields and aliases", async () => {
      const name = `logs-own-${randomUUID()}`;
      const custom = `/_component_template/${name}@custom`;
      const index = `/_index_template/${name}`;
      created.push(`/_data_stream/${name}`, index, custom, `/_component_template/${name}@eyas`);
      const template = {
        settings: { "index.number_of_replicas": 0, "index.refresh_interval": "7s" },
        mappings: { properties: { team: { type: "keyword" }, message: { type: "text", norms: false } } },
        aliases: { [`${name}-alias`]: {} },
      };
      await ask("PUT", custom, JSON.stringify({ template }));
      const keys = [`hostport=${url}`, `datastream=${name}`, "numberofreplicas=1", "retention=0"];
      const options = keys.map((one) => `outputs.opensearch.${one}`);
      for (let i = 0; i < 2; i++) expect(await deliver(options)).toEqual({ outcome: "delivered" });
      expect(JSON.stringify(await ask("GET", custom))).toContain("7s"); // Eyas did not overwrite it

      const [settings] = Object.values(await ask("GET", `/${name}/_settings`));
      expect(settings).toMatchObject({ settings: { index: { number_of_replicas: "0", refresh_interval: "7s" } } });
      const [mapping] = Object.values(await ask("GET", `/${name}/_mapping`));
      expect(mapping).toMatchObject({
        mappings: {
          date_detection: false,
          properties: {
            team: { type: "keyword" },
            message: { type: "text", norms: false },
            eyas: { properties: { fields: { type: "keyword" } } },
          },
        },
      });
      await ask("POST", `/${name}/_refresh`);
      expect(await ask("GET", `/${name}-alias/_count`)).toMatchObject({ count: 2 });
    });

    test("an index template that existed before is not changed, and gets no component templates", async () => {
      const name = `logs-own-${randomUUID()}`;
      const index = `/_index_template/${name}`;
      created.push(`/_data_stream/${name}`, index);
      const template = { settings: { "index.number_of_replicas": 0 } };
      const body = { index_patterns: [name], data_stream: {}, priority: 250, template };
      await ask("PUT", index, JSON.stringify(body));
      const before = await ask("GET", index);
      const keys = [`hostport=${url}`, `datastream=${name}`, "retention=0"];
      expect(await deliver(keys.map((one) => `outputs.opensearch.${one}`))).toEqual({ outcome: "delivered" });
      expect(await ask("GET", index)).toEqual(before);
      expect((await fetch(`${url}/_component_template/${name}@eyas`)).status).toBe(404);
    });
  });
});
