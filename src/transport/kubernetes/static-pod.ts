import { type Facts, textOf } from "../json.ts";

/** UID of an object that was created through the API. */
const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Returns the hash that the cgroup path of a static pod contains instead of the UID; "" for other pods. Any user who
 * can create pods can set the annotations. Therefore, both annotations are required, because a kubelet does not run a
 * pod from the API with `kubernetes.io/config.mirror`. In addition, the hash must not be the UID of another pod.
 */
export function staticPodHash(annotations: Facts): string {
  const hash = textOf(annotations["kubernetes.io/config.hash"]);
  const isStatic = hash !== "" && textOf(annotations["kubernetes.io/config.mirror"]) === hash;
  return isStatic && !UID.test(hash) ? hash : "";
}
