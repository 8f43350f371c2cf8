// Audit events of about two kilobytes, as sent by the webhook of an API server: ordinary cluster activity, mixed with
// exec requests in pods, for which the default rules raise alerts.

/** Ratio of all events to exec requests in a pod. */
export const ALARMING = 100;

/** Returns the pod of the suspicious event with this number. Each event has a different pod. */
export function podOf(number: number): string {
  return `load-${number}`;
}

/** Approximate size of an event, in bytes. */
const SIZE = 2048;

const common = { kind: "Event", apiVersion: "audit.k8s.io/v1", stage: "ResponseComplete", sourceIPs: ["192.0.2.7"] };
const allowed = {
  "authorization.k8s.io/decision": "allow",
  "authorization.k8s.io/reason": 'RBAC: allowed by ClusterRoleBinding "system:controller:replicaset-controller"',
};

const read = {
  ...common,
  level: "Metadata",
  verb: "get",
  user: { username: "system:serviceaccount:shop:cart", groups: ["system:serviceaccounts", "system:authenticated"] },
  userAgent: "cart/v0.0.0 (linux/amd64) kubernetes/$Format",
  requestURI: "/api/v1/namespaces/shop/endpoints/payment",
  objectRef: { resource: "endpoints", namespace: "shop", name: "payment", apiVersion: "v1" },
  responseStatus: { metadata: {}, code: 200 },
  annotations: allowed,
};

const pod = {
  ...common,
  level: "RequestResponse",
  verb: "create",
  user: { username: "system:serviceaccount:kube-system:replicaset-controller", groups: ["system:authenticated"] },
  userAgent: "kube-controller-manager/v1.36.0 (linux/amd64) kubernetes/system:serviceaccount:kube-system",
  requestURI: "/api/v1/namespaces/shop/pods",
  objectRef: { resource: "pods", namespace: "shop", apiVersion: "v1" },
  responseStatus: { metadata: {}, code: 201 },
  requestObject: {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { generateName: "cart-7c9f8d6b5-", namespace: "shop", labels: { app: "cart" } },
    spec: {
      volumes: [{ name: "tmp", emptyDir: {} }],
      containers: [
        {
          name: "cart",
          image: "registry.example.com:5000/shop/cart:1.37.2",
          ports: [{ containerPort: 8080, protocol: "TCP" }],
          securityContext: { runAsUser: 1000, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        },
      ],
    },
  },
  responseObject: { kind: "Pod", metadata: { name: "cart-7c9f8d6b5-x2x7k" }, status: { phase: "Pending" } },
  annotations: allowed,
};

const exec = {
  ...common,
  stage: "ResponseStarted",
  level: "Request",
  verb: "create",
  user: { username: "alice", groups: ["dev", "system:authenticated"] },
  userAgent: "kubectl/v1.36.0 (linux/amd64) kubernetes/abcdef",
  requestURI: "/api/v1/namespaces/shop/pods/@POD@/exec?command=sh&container=cart&stdin=true&tty=true",
  objectRef: { resource: "pods", subresource: "exec", namespace: "shop", name: "@POD@", apiVersion: "v1" },
  responseStatus: { metadata: {}, code: 101 },
  annotations: allowed,
};

/** Templates of events, padded to their size. */
const [reads, pods, execs] = [read, pod, exec].map((event) => {
  const whole = { auditID: "@ID@", stageTimestamp: "@TIME@", requestReceivedTimestamp: "@TIME@", ...event };
  const filling = "x".repeat(Math.max(0, SIZE - JSON.stringify(whole).length - 90));
  const annotations = { ...event.annotations, "example.com/filling": filling };
  return JSON.stringify({ ...whole, annotations }).split(/(@[A-Z]+@)/);
});

/** Returns the JSON of the event with this number. */
export function eventText(number: number, time: string, alarming: number): string {
  const parts = number % alarming === 0 ? execs : number % 3 === 0 ? pods : reads;
  let text = "";
  for (const part of parts!) {
    if (part === "@ID@") text += auditId(number);
    else if (part === "@TIME@") text += time;
    else text += part === "@POD@" ? podOf(number) : part;
  }
  return text;
}

function auditId(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
}

/** Returns the body of a request: a list of events. One in `alarming` events is suspicious. */
export function bodyOf(first: number, events: number, alarming: number): string {
  const time = new Date().toISOString().replace("Z", "000Z");
  const items = Array.from({ length: events }, (_, i) => eventText(first + i, time, alarming));
  return `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${items.join(",")}]}`;
}
