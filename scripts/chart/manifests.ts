import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";

const home = join(import.meta.dirname, "../..");

/** Returns the text of a file in the repository. */
export function textOf(path: string): string {
  return readFileSync(join(home, path), "utf8");
}

/** The parts of a manifest that are defaults of the chart. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly clusterIP?: string;
    readonly replicas?: number;
    readonly strategy?: object;
    readonly updateStrategy?: object;
    readonly minAvailable?: number;
    readonly template?: {
      readonly spec: {
        readonly priorityClassName: string;
        readonly tolerations?: readonly object[];
        readonly containers: readonly { readonly image: string; readonly resources: object }[];
      };
    };
  };
}

/** Returns the objects in a file of deploy/kubernetes. */
export function manifestsOf(file: string): Manifest[] {
  return parseAllDocuments(textOf(`deploy/kubernetes/${file}`))
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** Returns the specification of the first object of a kind. */
export function specOf(file: string, kind: string): NonNullable<Manifest["spec"]> {
  const spec = manifestsOf(file).find((manifest) => manifest.kind === kind)?.spec;
  if (spec === undefined) throw new Error(`deploy/kubernetes/${file}: there is no ${kind}`);
  return spec;
}

/** Returns the configuration in the ConfigMap of a file. */
export function configurationOf(file: string): unknown {
  const text = manifestsOf(file).find(({ kind }) => kind === "ConfigMap")?.data?.["eyas.yaml"];
  if (text === undefined) throw new Error(`deploy/kubernetes/${file}: there is no configuration`);
  return parse(text);
}

/** Returns the response actions that have a role. */
export function responseActions(): string[] {
  const labels = manifestsOf("response-rbac.yaml").map(({ metadata }) => metadata.labels?.["eyas/action"]);
  return [...new Set(labels.filter((label) => label !== undefined))];
}
