// The API server of Kubernetes and helm, built from Go modules. kubectl and etcd come from Debian.
import { accessSync, constants } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { goPackages, runGo } from "../go.ts";
import { cached, makeCached, type Progress } from "../in-cache.ts";
import { type Part, versionOf } from "../part.ts";

/**
 * Versions in go.mod. To change them, run `go get k8s.io/kubernetes@v… helm.sh/helm/v3@v…` and `go mod tidy` in this
 * directory. Helm must use the same minor version of Kubernetes' libraries, so that they are compiled once.
 */
const KUBERNETES = "1.36.3";
const HELM = "3.21.4";

const folderName = `kubernetes-${KUBERNETES}-helm-${HELM}`;

/** Path of the API server: KUBE_APISERVER if it is set, otherwise the built program. */
export const apiServerPath: string = process.env.KUBE_APISERVER ?? join(cached(folderName), "kube-apiserver");

export const helmPath: string = join(cached(folderName), "helm");

/** Matches tests that need one of the parts, by name or by list. */
const NEEDED = /\bneeds\([^)]*(?:apiServerParts|"kube-apiserver"|"helm")/;

/** Whether the tests in a file need one of the parts. */
export function needsKubernetes(text: string): boolean {
  return NEEDED.test(text);
}

/**
 * Whether `npm test` includes the tests that need the parts. The build takes 14 minutes of CPU time, so CI on fewer than
 * four processors includes them only if the parts are in the cache.
 */
export function includesKubernetes(processors = availableParallelism()): boolean {
  return process.env.CI !== "true" || processors >= 4 || (isProgram(apiServerPath) && isProgram(helmPath));
}

export const kubernetesParts = [
  {
    name: "kube-apiserver",
    slow: true,
    missing: () => {
      if (isProgram(apiServerPath)) return undefined;
      return process.env.KUBE_APISERVER === undefined
        ? "kube-apiserver is not built (npm run test:kubernetes)"
        : "KUBE_APISERVER is not an executable file";
    },
    version: () => versionOf(apiServerPath, ["--version"]),
    get packages() {
      return process.env.KUBE_APISERVER === undefined ? goPackages() : [];
    },
    build: async () => {
      if (process.env.KUBE_APISERVER === undefined) await buildKubernetes();
    },
  },
  {
    name: "helm",
    slow: true,
    missing: () => (isProgram(helmPath) ? undefined : "helm is not built (npm run test:kubernetes)"),
    version: () => versionOf(helmPath, ["version", "--short"]),
    get packages() {
      return goPackages();
    },
    build: () => buildKubernetes(),
  },
] as const satisfies readonly Part[];

let building: Promise<void> | undefined;

/**
 * Builds the API server and Helm, which takes 5 to 10 minutes on two cores, or 1 minute if Go has compiled their
 * packages before.
 */
export function buildKubernetes(progress?: Progress): Promise<void> {
  building ??= makeCached(folderName, async (folder) => {
    const [major, minor] = KUBERNETES.split(".");
    const version = "k8s.io/component-base/version";
    const values = {
      ...{ [`${version}.gitVersion`]: `v${KUBERNETES}`, [`${version}.gitMajor`]: major },
      ...{ [`${version}.gitMinor`]: minor, "helm.sh/helm/v3/internal/version.version": `v${HELM}` },
    };
    const flags = Object.entries(values).map(([name, value]) => `-X ${name}=${value}`);
    await runGo(
      [
        ...(["build", "-C", import.meta.dirname, "-v", "-trimpath", "-mod=readonly"] as const),
        "-gcflags=all=-l -dwarf=false", // without inlining and debugging data, compilation takes less CPU time
        ...["-ldflags", `-s -w ${flags.join(" ")}`, "-o", folder],
        ...["k8s.io/kubernetes/cmd/kube-apiserver", "helm.sh/helm/v3/cmd/helm"],
      ],
      { progress },
    );
  });
  return building;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
