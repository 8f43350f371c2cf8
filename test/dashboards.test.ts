// The files for OpenSearch Dashboards and Kibana: their form, and the searches of their panels at real servers, with
// alerts that the output has delivered.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import type { Alert } from "../src/alert/alert.ts";
import { loadConfig } from "../src/config/load.ts";
import { ecsFields } from "../src/field/roles.ts";
import { openOutputs } from "../src/output/outputs.ts";
import { alertAbout } from "../src/output/receiver.fixture.ts";
import {
  aggregationsOf,
  type Buckets,
  fieldsOf,
  filtersOf,
  type Product,
  readObjects,
  rowsOf,
  type SavedObject,
} from "./dashboards/objects.ts";
import { needs } from "./parts/needs.ts";
import { sharedServer } from "./parts/shared-server.ts";

const products: readonly Product[] = ["opensearch-dashboards", "kibana"];
const textOf = (product: Product): string => readFileSync(join(home, "deploy", product, "eyas.ndjson"), "utf8");

/**
 * Attributes of saved objects that the products accept; both reject other attributes. Sources: schemas of Kibana for
 * these versions, and mappings of OpenSearch Dashboards.
 */
const common = {
  "index-pattern": ["title", "timeFieldName", "fields"],
  search: ["title", "description", "hits", "version", "columns", "sort", "kibanaSavedObjectMeta"],
  visualization: ["title", "description", "version", "visState", "uiStateJSON", "kibanaSavedObjectMeta"],
  dashboard: [
    ...["title", "description", "hits", "version", "optionsJSON", "panelsJSON", "kibanaSavedObjectMeta"],
    ...["timeRestore", "timeFrom", "timeTo", "refreshInterval"],
  ],
};
const own: Readonly<Record<Product, Readonly<Record<string, readonly string[]>>>> = {
  "opensearch-dashboards": {},
  kibana: { "index-pattern": ["name"], search: ["grid", "hideChart", "isTextBasedQuery"] },
};

describe.each(products)("the file for %s", (product) => {
  const objects = readObjects(textOf(product));

  test("has one data view, one dashboard, and unique IDs", () => {
    const types = objects.map(({ type }) => type);
    expect(types.filter((type) => type === "index-pattern" || type === "dashboard").toSorted()).toEqual([
      "dashboard",
      "index-pattern",
    ]);
    expect(new Set(objects.map(({ id }) => id)).size).toBe(objects.length);
  });

  test("has only attributes that the product accepts", () => {
    for (const { id, type, attributes } of objects)
      expect([id, Object.keys(attributes).toSorted()]).toEqual([
        id,
        [...common[type], ...(own[product][type] ?? [])].toSorted(),
      ]);
  });

  test("every reference is used and leads to an object of the file", () => {
    for (const { id, attributes, references } of objects) {
      const names = [...JSON.stringify(attributes).matchAll(/RefName\\*":\\*"([^"\\]+)/g)].map(([, name]) => name);
      const panels = names.map((name) => (name?.startsWith("panel_") ? name.slice("panel_".length) : undefined));
      const wanted = names.map((name, i) => (product === "kibana" && panels[i] ? `${panels[i]}:${name}` : name));
      expect([id, references.map(({ name }) => name).toSorted()]).toEqual([id, wanted.toSorted()]);
      for (const reference of references)
        expect(objects).toContainEqual(expect.objectContaining({ type: reference.type, id: reference.id }));
    }
  });

  test("every visualization and at least one search is on the dashboard, and no panels overlap", () => {
    const dashboard = objects.find(({ type }) => type === "dashboard");
    const shown = dashboard?.references.map(({ id }) => id);
    expect(shown).toEqual(
      expect.arrayContaining(objects.filter(({ type }) => type === "visualization").map(({ id }) => id)),
    );
    const panels: { gridData: { x: number; y: number; w: number; h: number } }[] = JSON.parse(
      String(dashboard?.attributes.panelsJSON),
    );
    const cells = panels.flatMap(({ gridData: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(48);
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  test("the data view matches the default data stream", async () => {
    const { config } = await loadConfig(undefined, []);
    const view = objects.find(({ type }) => type === "index-pattern");
    const pattern = String(view?.attributes.title);
    expect(pattern.endsWith("*")).toBe(true);
    for (const { datastream } of [config.outputs.opensearch, config.outputs.elasticsearch])
      expect(datastream.startsWith(pattern.slice(0, -1))).toBe(true);
    expect(view?.attributes.timeFieldName).toBe("@timestamp");
  });
});

const now = BigInt(Date.now()) * 1_000_000n;
function alert(message: string, changes: Partial<Alert>, fields: Readonly<Record<string, unknown>>): Alert {
  const names = Object.keys(fields).toSorted();
  const values = names.map((name) => JSON.stringify(fields[name]));
  return alertAbout(message, { time: now, ...changes, parts: { hostname: "node-1", output: "", names, values } });
}

const shell = { rule: "A shell", priority: "Critical", tags: ["T1059", "mitre_execution"] } as const;
const web = {
  ...{ "k8s.ns.name": "shop", "k8s.pod.name": "web-1", "container.id": "3ad7b26ded6d", "container.name": "web" },
  ...{ "container.image.repository": "nginx", "user.name": "www", "proc.name": "sh" },
};
const alerts: readonly Alert[] = [
  alert("first shell", shell, web),
  alert("second shell", shell, web),
  alert("third shell", shell, web),
  alert(
    "host",
    { rule: "Shadow read", priority: "Warning", tags: ["T1003.008", "T1059"] },
    {
      ...{ "container.id": "host", "container.name": "host", "user.name": "root", "proc.name": "cat" },
      "fd.name": "/etc/shadow",
    },
  ),
  alert(
    "docker",
    { rule: "Shadow read", priority: "Warning", tags: ["T1003.008"] },
    {
      ...{ "container.id": "9f86d081884c", "container.name": "db", "user.name": "root", "proc.name": "cat" },
    },
  ),
  alert(
    "beacon",
    { rule: "Beacon", priority: "Emergency", source: "suricata", tags: ["T1071"] },
    {
      ...{ "net.src.ip": "10.0.0.5", "net.src.port": 40123, "net.dst.ip": "203.0.113.9", "net.dst.port": 443 },
      ...{ "net.proto": "tcp", "dns.name": "evil.example" },
    },
  ),
  alert(
    "secret read",
    { rule: "Secret read", priority: "Notice", source: "k8s_audit", tags: ["T1552.007"] },
    {
      ...{ "ka.user.name": "eve", "ka.verb": "get", "ka.target.namespace": "shop", "ka.target.resource": "secrets" },
      "ka.target.name": "token",
    },
  ),
];
/** An alert that has every field with a name in the Elastic Common Schema. */
const complete = alert(
  "complete",
  { rule: "Complete", priority: "Debug", tags: ["T1001", "mitre_exfiltration"] },
  Object.fromEntries(
    ecsFields.map(([field, , kind]) => [field, { text: "x", number: 7, ip: "192.0.2.1" }[kind]] as const),
  ),
);

/** Expected rows of each table, of the chart (without times) and of the numbers. */
const expectedRows: Readonly<Record<string, Buckets>> = {
  "eyas-numbers": [[7, 4, 1]],
  "eyas-over-time": [
    ["emergency", 1],
    ["critical", 3],
    ["warning", 2],
    ["notice", 1],
  ],
  "eyas-rules": [
    ["A shell", "critical", 3],
    ["Shadow read", "warning", 2],
    ["Beacon", "emergency", 1],
    ["Secret read", "notice", 1],
  ],
  "eyas-techniques": [
    ["T1059", 4],
    ["T1003.008", 2],
    ["T1071", 1],
    ["T1552.007", 1],
  ],
  "eyas-hosts": [["node-1", 7]],
  "eyas-workloads": [
    ["shop", "web", 3],
    ["shop", "no container", 1],
    ["no namespace", "no container", 1],
    ["no namespace", "db", 1],
    ["no namespace", "host", 1],
  ],
  "eyas-users": [
    ["www", 3],
    ["root", 2],
    ["eve", 1],
  ],
  "eyas-programs": [
    ["sh", 3],
    ["cat", 2],
  ],
};
const expectedMessages: Readonly<Record<string, readonly string[]>> = {
  "eyas-search-alerts": alerts.map(({ message }) => message),
  "eyas-search-critical": ["first shell", "second shell", "third shell", "beacon"],
  "eyas-search-workloads": ["first shell", "second shell", "third shell", "docker"],
  "eyas-search-network": ["beacon"],
  "eyas-search-kubernetes": ["secret read"],
};

describe.each(["opensearch-2", "opensearch-3"] as const)("%s", (edition) => {
  describe("with alerts of the output", needs(edition), () => {
    let url: string;
    const [stream, full] = [randomUUID(), randomUUID()].map((name) => `logs-falco.alerts-${name}`);
    beforeAll(async () => {
      url = new URL(await sharedServer(edition)).origin;
      await deliver(stream!, alerts);
      await deliver(full!, [complete]);
    }, 240_000);
    afterAll(async () => {
      for (const name of [stream, full])
        for (const path of ["_data_stream/NAME", "_index_template/NAME", "_component_template/NAME@*"])
          await fetch(`${url}/${path.replace("NAME", String(name))}`, { method: "DELETE" });
    });

    async function deliver(name: string, batch: readonly Alert[]): Promise<void> {
      const keys = [`hostport=${url}`, `datastream=${name}`, "numberofreplicas=0", "retention=0"];
      const options = keys.map((key) => `outputs.opensearch.${key}`);
      const { config } = await loadConfig(undefined, ["stdout_output.enabled=false", ...options]);
      const [output] = await openOutputs(config);
      expect(await output?.deliver(batch)).toEqual({ outcome: "delivered" });
      await output?.close();
      await ask(`/${name}/_refresh`);
    }

    async function ask(path: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
      const headers = { "content-type": "application/json" };
      const response = await fetch(url + path, {
        method: "POST",
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      const answer: Readonly<Record<string, unknown>> = Object(await response.json());
      expect([response.status, response.status === 200 || answer]).toEqual([200, true]);
      return answer;
    }

    describe.each(products)("the file for %s", (product) => {
      const objects = readObjects(textOf(product));
      const ofType = (type: string): readonly SavedObject[] => objects.filter((one) => one.type === type);

      test("panels show the expected rows", async () => {
        const rows: Record<string, Buckets> = {};
        for (const panel of ofType("visualization")) {
          const { aggs, order } = aggregationsOf(panel);
          const answer = await ask(`/${stream}/_search`, { size: 0, track_total_hits: true, aggs });
          rows[panel.id] = rowsOf(answer, order);
        }
        expect(rows).toEqual(expectedRows);
      });

      test("searches find the expected alerts", async () => {
        const messages: Record<string, unknown[]> = {};
        for (const search of ofType("search")) {
          const sort = [{ "eyas.group": "asc" }];
          const answer = await ask(`/${stream}/_search`, { size: 100, query: { bool: filtersOf(search) }, sort });
          const { hits }: { hits: { _source: { message: string } }[] } = Object(answer.hits);
          messages[search.id] = hits.map(({ _source }) => _source.message).toSorted();
        }
        const expected = Object.entries(expectedMessages).map(([id, all]) => [id, all.toSorted()]);
        expect(messages).toEqual(Object.fromEntries(expected));
      });

      test("fields are in the mapping, and aggregatable where their values are counted", async () => {
        for (const object of objects) {
          const { counted, shown } = fieldsOf(object);
          const all = [...counted, ...shown];
          if (all.length === 0) continue;
          const answer = await ask(`/${stream}/_field_caps?fields=${all.join(",")}`);
          const known: Readonly<Record<string, Readonly<Record<string, { aggregatable: boolean }>>>> = Object(
            answer.fields,
          );
          const types = (field: string) => Object.values(known[field] ?? {});
          expect([object.id, all.filter((field) => types(field).length !== 1)]).toEqual([object.id, []]);
          expect([object.id, counted.filter((field) => types(field)[0]?.aggregatable !== true)]).toEqual([
            object.id,
            [],
          ]);
        }
      });
    });

    test("an alert with all fields of the Elastic Common Schema adds no field to the mapping", async () => {
      const simulated = await ask(`/_index_template/_simulate/${full}`);
      const response = await fetch(`${url}/${full}/_mapping`);
      const [index] = Object.values<{ mappings: { properties: object } }>(Object(await response.json()));
      expect(index?.mappings.properties).toEqual(Object(simulated.template).mappings.properties);
    });
  });
});
