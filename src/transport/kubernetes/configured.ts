import { accessSync, constants } from "node:fs";
import { hostname } from "node:os";
import { ACCOUNT, type Credentials, podCredentials, serverOfPod } from "./credentials.ts";

/** Configuration of the API server and the node. */
export interface ClusterSettings {
  /** `auto`, `true` or `false`. */
  readonly enabled: string;
  /** Path of a kubeconfig. Empty: the service account of the pod. */
  readonly kubeconfig: string;
  readonly context: string;
  /** Name of the node. Empty: from the environment, or the host name. */
  readonly node: string;
  /** Request timeout, in milliseconds. */
  readonly timeout: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Environment variables that manifests use for the node name. */
const NODE = ["NODE_NAME", "K8S_NODE_NAME", "FALCO_K8S_NODE_NAME"];

/**
 * The configured credentials; undefined if access is disabled, or there is neither a kubeconfig nor a service account.
 * @param account directory of the service account
 * @throws Error with a message for the user
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

/** The configured node name; otherwise the name in the environment, or the host name. */
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
