// The API server of Kubernetes and helm, built from Go modules. kubectl and etcd come from Debian.
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { goPackages, runGo } from "../go.ts";
import { cached, makeCached, type Progress } from "../in-cache.ts";
import { type Part, versionOf } from "../part.ts";

/** Kubernetes version in go.mod. To change it, run `go get k8s.io/kubernetes@v…` and `go mod tidy` in this folder. */
const KUBERNETES = "1.36.3";
const HELM = "3.22.0";

const serverFolder = `kube-apiserver-${KUBERNETES}`;
const helmFolder = `helm-${HELM}`;

/** Path of the API server: KUBE_APISERVER if it is set, otherwise the built program. */
export const apiServerPath: string = process.env.KUBE_APISERVER ?? join(cached(serverFolder), "kube-apiserver");

export const helmPath: string = join(cached(helmFolder), "helm");

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
    build: () => buildApiServer(),
  },
  {
    name: "helm",
    slow: true,
    missing: () => (isProgram(helmPath) ? undefined : "helm is not built (npm run test:kubernetes)"),
    version: () => versionOf(helmPath, ["version", "--short"]),
    get packages() {
      return goPackages();
    },
    build: () => buildHelm(),
  },
] as const satisfies readonly Part[];

/**
 * Builds the API server, which takes 5 to 10 minutes on two cores, or 1 minute if Go has compiled its packages before.
 */
async function buildApiServer(progress?: Progress): Promise<void> {
  if (process.env.KUBE_APISERVER !== undefined) throw new Error("KUBE_APISERVER is set, but is not an executable file");
  const [major, minor] = KUBERNETES.split(".");
  const version = "k8s.io/component-base/version";
  const values = { gitVersion: `v${KUBERNETES}`, gitMajor: major, gitMinor: minor };
  const flags = Object.entries(values).map(([name, value]) => `-X ${version}.${name}=${value}`);
  await makeCached(serverFolder, (folder) =>
    runGo(
      [
        ...(["build", "-C", import.meta.dirname, "-v", "-trimpath", "-mod=readonly"] as const),
        ...["-ldflags", `-s -w ${flags.join(" ")}`, "-o", folder, "k8s.io/kubernetes/cmd/kube-apiserver"],
      ],
      { progress },
    ),
  );
}

/** Builds helm, which takes 3 minutes on two cores. */
async function buildHelm(progress?: Progress): Promise<void> {
  const flags = `-s -w -X helm.sh/helm/v3/internal/version.version=v${HELM}`;
  await makeCached(helmFolder, (folder) =>
    runGo(["install", "-v", "-trimpath", "-ldflags", flags, `helm.sh/helm/v3/cmd/helm@v${HELM}`], {
      env: { GOBIN: folder },
      progress,
    }),
  );
}

/** Build functions by part, for progress reports. */
export const kubernetesBuilds: ReadonlyMap<string, (progress?: Progress) => Promise<void>> = new Map([
  ["kube-apiserver", buildApiServer],
  ["helm", buildHelm],
]);

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
