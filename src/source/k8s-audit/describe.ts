import { describeSource } from "../descriptor.ts";

export const k8sAudit = describeSource({
  name: "k8s_audit",
  about: "Kubernetes audit events, from the API server's webhook or its log files.",
  rules: ["k8s_audit.yaml"],
  usualOrigin: "http://127.0.0.1:9765/k8s-audit",
  flows: false,
  sessions: true,
  example: "from: http://127.0.0.1:9765/k8s-audit",
  notes:
    "The API server's webhook; or its log, `from: /var/log/kubernetes/audit.log`. See [kubernetes-audit.md](kubernetes-audit.md). A `falco.yaml` with the plugin `k8saudit` works unchanged.",
  open: async () => ({ split: (await import("./split.ts")).splitAudit }),
});
