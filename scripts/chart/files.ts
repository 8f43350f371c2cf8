// The generated files of the Helm chart in deploy/helm/eyas, written by `npm run docs`.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Document, isMap, isScalar, stringify, visit } from "yaml";
import type { JsonSchema } from "../../src/setting/shape.ts";
import { markdownTable, type Write } from "../table.ts";
import { chartConfiguration } from "./configuration-schema.ts";
import { textOf } from "./manifests.ts";
import { isValue, type Values } from "./value.ts";
import { values } from "./values.ts";

const CHART = "deploy/helm/eyas";

/** Files that the templates read. They are copied, because Helm reads only files in the directory of the chart. */
const COPIED = [
  "deploy/grafana/eyas.json",
  "deploy/kubernetes/admission.yaml",
  "deploy/kubernetes/audit-intake.yaml",
  "deploy/kubernetes/daemonset.yaml",
  "deploy/kubernetes/rbac.yaml",
  "deploy/kubernetes/response-rbac.yaml",
  "deploy/kubernetes/rule-resources-rbac.yaml",
  "deploy/prometheus/eyas-rules.yaml",
];

/** The generated files, by their path in the repository. */
export const chartFiles: Readonly<Record<string, Write>> = {
  [`${CHART}/Chart.yaml`]: description,
  [`${CHART}/values.yaml`]: valuesFile,
  // Helm installs the files in this directory before the templates.
  [`${CHART}/crds/rule-resources.yaml`]: () => textOf("deploy/kubernetes/rule-resources.yaml"),
  [`${CHART}/values.schema.json`]: () => `${JSON.stringify(valuesSchema(), undefined, 1)}\n`,
  ...Object.fromEntries(COPIED.map((path) => [`${CHART}/files/${path.slice("deploy/".length)}`, () => textOf(path)])),
};

/** Returns the files in the chart's directory for copies that are not copies. */
export function strayFiles(): string[] {
  const folder = join(import.meta.dirname, "../..", CHART, "files");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(folder.length + 1))
    .filter((path) => !COPIED.includes(`deploy/${path}`));
}

/** The table of docs/helm.md. */
export const chartTables: Readonly<Record<string, Write>> = {
  "helm-values": () => markdownTable(["value", "default", ""], rows(values, "")),
};

function description(): string {
  const { version, description: about } = JSON.parse(textOf("package.json")) as Readonly<Record<string, string>>;
  return stringify({
    apiVersion: "v2",
    name: "eyas",
    description: about,
    type: "application",
    version,
    appVersion: version,
    kubeVersion: ">=1.30.0-0",
    keywords: ["security", "runtime security", "ebpf", "audit"],
  });
}

/** Returns the text of values.yaml: the defaults, with a comment for each value. */
function valuesFile(): string {
  const document = new Document(defaultsOf(values));
  document.commentBefore =
    " Values of the chart, from scripts/chart/values.ts. docs/helm.md describes the installation.";
  const comment = (section: Values, path: readonly string[]): void => {
    for (const [name, each] of Object.entries(section)) {
      if (!isValue(each)) comment(each, [...path, name]);
      else setComment(document, [...path, name], each.about);
    }
  };
  comment(values, []);
  visit(document, {
    Pair(key, { key: name }) {
      if (key !== 0 && document.contents !== null && isMap(document.contents) && isScalar(name))
        name.spaceBefore = document.contents.items.some((item) => item.key === name);
    },
  });
  return document.toString({ lineWidth: 130 });
}

function setComment(document: Document, path: readonly string[], about: string): void {
  const section = document.getIn(path.slice(0, -1), true);
  const map = path.length === 1 ? document.contents : section;
  if (!isMap(map)) throw new Error(`${path.join(".")}: its section is not a map`);
  const key = map.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1))?.key;
  if (isScalar(key)) key.commentBefore = ` ${about}`;
}

function defaultsOf(section: Values): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(section).map(([name, each]) => [name, isValue(each) ? each.fallback : defaultsOf(each)]),
  );
}

function valuesSchema(): JsonSchema {
  const { type, additionalProperties, properties } = schemaOf(values);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Values of the chart eyas",
    ...{ type, additionalProperties },
    // Helm adds values for charts that contain this one.
    properties: { global: { type: "object" }, ...(properties as JsonSchema) },
    definitions: { configuration: chartConfiguration() },
  };
}

function schemaOf(section: Values): JsonSchema {
  const properties = Object.fromEntries(
    Object.entries(section).map(([name, each]) => {
      if (!isValue(each)) return [name, schemaOf(each)];
      // JSON Schema draft 7 ignores all keywords beside a reference.
      const schema = each.schema.$ref === undefined ? each.schema : { allOf: [each.schema] };
      return [name, { description: each.about, ...schema }];
    }),
  );
  return { type: "object", additionalProperties: false, properties };
}

function rows(section: Values, path: string): string[][] {
  return Object.entries(section).flatMap(([name, each]): string[][] => {
    if (!isValue(each)) return rows(each, `${path}${name}.`);
    const { about, fallback } = each;
    const shown = name === "config" ? "see values.yaml" : `\`${JSON.stringify(fallback)}\``;
    return [[`\`${path}${name}\``, fallback === "" ? "" : shown, about]];
  });
}
