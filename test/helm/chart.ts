import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { home } from "../../src/agent/home.ts";
import { helmPath } from "../parts/kubernetes/parts.ts";

export const chart: string = join(home, "deploy/helm/eyas");

/** Sets of values in test/helm/values, by name. */
export const valueSets: readonly string[] = readdirSync(join(import.meta.dirname, "values"))
  .map((name) => name.replace(/\.yaml$/, ""))
  .sort();

export const valuesFile = (set: string): string => join(import.meta.dirname, "values", `${set}.yaml`);

/** A Kubernetes object. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly scheme?: string };
}

export interface Workload {
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly serviceAccountName: string;
      readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
      readonly containers: readonly {
        readonly env?: readonly { readonly name: string }[];
        readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
        readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
        readonly startupProbe: Probe;
        readonly livenessProbe: Probe;
        readonly readinessProbe: Probe;
      }[];
    };
  };
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
}

const folder = mkdtempSync(join(tmpdir(), "eyas-helm-"));

/** The Kubernetes version to render for, since helm has an old default when it is built from its module. */
const KUBERNETES = ["--kube-version", "1.30.0"];

/** Runs `helm lint` or `helm template`, which write to a temporary directory. */
export function helm(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(helmPath, [...words, ...KUBERNETES], {
    encoding: "utf8",
    env: { HOME: folder, PATH: process.env.PATH },
  });
}

/** Renders the chart. @throws Error with the error message of helm */
export function render(set: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = helm("template", "eyas", chart, "-n", "eyas", "-f", valuesFile(set), ...words);
  if (status !== 0 || stderr !== "") throw new Error(stderr);
  return stdout;
}

export function objectsIn(rendered: string): Manifest[] {
  // Kubernetes reads YAML 1.1, in which 0440 is octal.
  return parseAllDocuments(rendered, { version: "1.1" })
    .map((document) => document.toJS() as Manifest | null)
    .filter((each) => each !== null);
}

/** Returns the objects of a manifest in deploy/kubernetes. */
export function deployed(file: string): Manifest[] {
  return objectsIn(readFileSync(join(home, "deploy/kubernetes", file), "utf8"));
}

/** Returns the specification of the object with a kind. */
export function specOf<T = Workload>(objects: readonly Manifest[], kind: string): T {
  const found = objects.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`there is no ${kind}`);
  return found.spec as T;
}
