import { accessSync, constants } from "node:fs";
import { hostname } from "node:os";
import { ACCOUNT, type Credentials, podCredentials, serverOfPod } from "./credentials.ts";

/** How the configuration states the API server and the node. */
export interface ClusterSettings {
  /** `auto`, `true` or `false`. */
  readonly enabled: string;
  /** "": the service account of the pod. */
  readonly kubeconfig: string;
  readonly context: string;
  /** "": from the environment, or the host name. */
  readonly node: string;
  /** Milliseconds to wait for an answer. */
  readonly timeout: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables for the node name in manifests. */
const NODE = ["NODE_NAME", "K8S_NODE_NAME", "FALCO_K8S_NODE_NAME"];

/**
 * The configured credentials; undefined without an API server.
 * @param account folder of the service account
 * @throws Error with one sentence
 */
export async function configuredCredentials(
  { enabled, kubeconfig, context }: ClusterSettings,
  environment: Environment,
  account: string = ACCOUNT,
): Promise<Credentials | undefined> {
  if (enabled === "false") return undefined;
  if (kubeconfig !== "") {
    const { kubeconfigCredentials } = await import("./kubeconfig.ts");
    return kubeconfigCredentials(kubeconfig, context);
  }
  const server = serverOfPod(environment);
  return server !== undefined && isReadable(`${account}/token`) ? podCredentials(server, account) : undefined;
}

/** The configured name of the node, or that of the environment. */
export function nodeName({ node }: ClusterSettings, environment: Environment): string {
  if (node !== "") return node;
  for (const name of NODE) {
    const { [name]: value = "" } = environment;
    if (value !== "") return value;
  }
  return hostname();
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
