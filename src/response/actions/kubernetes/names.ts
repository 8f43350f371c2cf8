// Names in Kubernetes (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** The API server does not limit the parts of such a name, only the whole name. */
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
/** Names of roles, such as `system:node`. Control characters, whitespace, `/` and `%` are not allowed. */
const SEGMENT = /^[^\p{C}\s/%]{1,253}$/u;

/** Whether a string can be the name of a namespace or service. */
export function isLabelName(text: string): boolean {
  return LABEL.test(text);
}

/** Whether a string can be the name of a pod, node or most other objects. */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}

/** Whether a string can be the name of a role or binding. */
export function isSegmentName(text: string): boolean {
  return SEGMENT.test(text) && text !== "." && text !== "..";
}

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Whether a string can be the key of a label or annotation: `tier`, `example.org/tier`. */
export function isQualifiedName(text: string): boolean {
  const [first = "", second, more] = text.split("/");
  if (more !== undefined) return false;
  return second === undefined ? NAME.test(first) : isObjectName(first) && NAME.test(second);
}

export function isLabelValue(text: string): boolean {
  return text === "" || NAME.test(text);
}
