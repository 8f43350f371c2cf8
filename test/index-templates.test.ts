// The files of `eyas outputs template` at real servers, which agents may not change.
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
/** The test servers lack the plugin for index policies: compared with a stand-in, in output-templates.test.ts. */
const withoutPolicy = ["numberofreplicas=0", "retention=0"];

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
      "files are the same as what the output creates, and serve an output that creates nothing: %s",
      async (layout, key) => {
        const name = `logs-own-${randomUUID()}`;
        const path = `/_index_template/${name}`;
        const target = layout === "ecs" ? `/_data_stream/${name}` : `/${name}`;
        created.push(target, path);
        const keys = [`hostport=${url}`, `layout=${layout}`, `${key}=${name}`, "suffix=none", ...withoutPolicy];
        const options = keys.map((one) => `outputs.opensearch.${one}`);

        expect(await deliver(options)).toEqual({ outcome: "delivered" });
        const own = await ask("GET", path);
        await ask("DELETE", target);
        await ask("DELETE", path);

        const words = ["outputs", "template", "--to", folder, ...options.flatMap((option) => ["-o", option])];
        const { stdout } = await run(join(home, "bin/eyas"), words);
        const file = join(folder, "opensearch-index-template.json");
        expect(stdout).toBe(`${file}: PUT ${path}\n`);
        await ask("PUT", path, readFileSync(file, "utf8"));
        expect(await ask("GET", path)).toEqual(own);

        expect(await deliver([...options, "outputs.opensearch.createindextemplate=false"])).toEqual({
          outcome: "delivered",
        });
        await ask("POST", `/${name}/_refresh`);
        expect(await ask("GET", `/${name}/_count`)).toMatchObject({ count: 1 });
        expect(await ask("GET", path)).toEqual(own);
      },
    );
  });
});
