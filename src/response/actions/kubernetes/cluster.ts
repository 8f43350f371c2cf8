import { type KubernetesClient, openClient } from "../../../transport/kubernetes/client.ts";
import { type Credentials, podCredentials, serverOfPod } from "../../../transport/kubernetes/credentials.ts";
import { kubeconfigCredentials } from "../../../transport/kubernetes/kubeconfig.ts";

/** Location of a cluster. */
export interface ClusterLocation {
  /** Path of a kubeconfig. Empty: `$KUBECONFIG`, or the service account of the pod. */
  readonly kubeconfig: string;
  /** Context of the kubeconfig. Empty: the current context. */
  readonly context: string;
}

const opened = new Map<string, Promise<KubernetesClient>>();

/**
 * Returns a client for a cluster, which all actions share.
 * @throws Error with a message for the user
 */
export function clusterAt(place: ClusterLocation): Promise<KubernetesClient> {
  const file = place.kubeconfig || (process.env.KUBECONFIG ?? "").split(":").find((each) => each !== "") || "";
  const key = JSON.stringify([file, place.context]);
  const known = opened.get(key);
  if (known !== undefined) return known;
  const opening = credentialsFrom(file, place.context).then((credentials) => openClient(credentials));
  opened.set(key, opening);
  opening.catch(() => opened.delete(key)); // the file may exist on the next call
  return opening;
}

async function credentialsFrom(file: string, context: string): Promise<Credentials> {
  if (file !== "") return kubeconfigCredentials(file, context);
  const server = serverOfPod(process.env);
  if (server === undefined)
    throw new Error("the API server is unknown: set the parameter kubeconfig, or run in a pod with a service account");
  return podCredentials(server);
}
