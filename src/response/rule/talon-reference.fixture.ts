/**
 * Names that Falco Talon declares for rules and the configuration (commit 19d3add). Each parameter has a value that
 * differs from its default.
 */

/** Actions with their parameters. */
export const referenceActions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "kubernetes:terminate": {
    grace_period_seconds: "5",
    ignore_daemonsets: "true",
    ignore_statefulsets: "true",
    ignore_standalone_pods: "true",
    min_healthy_replicas: "33%",
  },
  "kubernetes:label": { labels: "{suspicious: yes}", level: "node" },
  "kubernetes:annotation": { annotations: "{example.org/why: alert}", level: "node" },
  "kubernetes:networkpolicy": { allow_cidr: "[10.0.0.0/8]", allow_namespaces: "[green]" },
  "kubernetes:exec": { command: "id", shell: "/bin/bash" },
  "kubernetes:script": { script: "id", file: "/etc/eyas/script.sh", shell: "/bin/bash" },
  "kubernetes:log": { tail_lines: "200" },
  "kubernetes:download": { file: "/etc/passwd" },
  "kubernetes:tcpdump": { duration: "10", snaplen: "1024", image: "example.org/tcpdump:1" },
  "kubernetes:sysdig": { duration: "10", buffer_size: "4096", scope: "node", image: "example.org/sysdig:1" },
  "kubernetes:delete": {},
  "kubernetes:cordon": {},
  "kubernetes:drain": {
    min_healthy_replicas: "1",
    ignore_daemonsets: "true",
    ignore_statefulsets: "true",
    ignore_errors: "true",
    max_wait_period: "60",
    wait_period_excluded_namespaces: "[kube-system]",
  },
  "calico:networkpolicy": { allow_cidr: "[10.0.0.0/8]", allow_namespaces: "[green]", order: "20" },
  "cilium:networkpolicy": { allow_cidr: "[10.0.0.0/8]", allow_namespaces: "[green]" },
  "aws:lambda": {
    aws_lambda_name: "isolate",
    aws_lambda_alias_or_version: "live",
    aws_lambda_invocation_type: "Event",
  },
  "gcp:function": {
    gcp_function_name: "isolate",
    gcp_function_location: "europe-west1",
    gcp_function_timeout: "10",
  },
};

/** Artifact stores with their parameters. */
export const referenceOutputs: Readonly<Record<string, string>> = {
  "local:file": "{destination: /var/captures}",
  "aws:s3": "{bucket: evidence, prefix: /files/, region: us-east-1}",
  "minio:s3": "{bucket: evidence, prefix: /files/}",
  "gcp:gcs": "{bucket: evidence, prefix: /files/}",
};

/** Actions with an optional or required output. */
export const withOutput = ["kubernetes:log", "kubernetes:download", "kubernetes:tcpdump", "kubernetes:sysdig"] as const;

/** Actions that use additional contexts, and the contexts. */
export const withContexts = ["kubernetes:exec", "kubernetes:script", "aws:lambda"] as const;
export const referenceContexts = ["aws", "k8snode"] as const;

/** Parameters in examples of rules that no action reads. */
export const misleading: readonly (readonly [string, string, string])[] = [
  ["kubernetes:networkpolicy", "allow", "[192.168.1.0/24]"],
  ["kubernetes:drain", "force", "true"],
];

/** Notifiers, with the parameters of their configuration section. */
export const referenceNotifiers: Readonly<Record<string, string>> = {
  k8sevents: "",
  slack: "webhook_url icon username footer format",
  smtp: "host_port user password from to format tls",
  webhook: "custom_headers url http_method content_type user_agent",
  loki: "custom_headers url user api_key tenant",
  elasticsearch:
    "custom_headers url user password suffix index number_of_shards number_of_replicas create_index_template",
};
