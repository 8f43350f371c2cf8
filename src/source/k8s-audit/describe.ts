import { size } from "../../setting/shape.ts";
import { describeSource } from "../descriptor.ts";

export const k8sAudit = describeSource({
  name: "k8s_audit",
  about: "Kubernetes audit events, from the API server's webhook or its log files.",
  rules: ["k8s_audit.yaml"],
  keys: {
    max_event: size(
      "8MiB",
      "Larger events are evaluated without the request and response bodies, and are marked as truncated.",
    ),
    max_body: size(
      "64MiB",
      "Maximum size of an HTTP request. Larger requests are rejected. Requests whose values need more memory than the limit allows are also rejected. The API server does not resend rejected requests.",
    ),
  },
  usualOrigin: "http://127.0.0.1:9765/k8s-audit",
  flows: false,
  sessions: true,
  example: "from: http://127.0.0.1:9765/k8s-audit",
  notes:
    "Receives the API server's webhook requests, or follows its log with `from: /var/log/kubernetes/audit.log`. `max_event` is `8MiB` by default; larger events are evaluated without bodies. See [kubernetes-audit.md](kubernetes-audit.md). A `falco.yaml` with the plugin `k8saudit` works unchanged.",
  open: async () => (await import("./split.ts")).openAuditReader(),
});
