import { expect, it } from "vitest";
import { actions } from "../../list.ts";
import { readResponses } from "../../rule/read.ts";

const read = (text: string) =>
  readResponses([{ name: "talon.yaml", text }], { actions, environment: {}, strict: true, shared: {} });

it("loads Talon's rules for Kubernetes with all of Talon's parameters", async () => {
  const { responses, results } = await read(`
- action: Terminate
  actionner: kubernetes:terminate
  parameters:
    grace_period_seconds: 5
    ignore_daemonsets: true
    ignore_statefulsets: false
    ignore_standalone_pods: true
    min_healthy_replicas: 33%
- action: Label
  actionner: kubernetes:label
  parameters: {level: node, labels: {suspicious: "true", old: ""}}
- action: Annotate
  actionner: kubernetes:annotation
  parameters: {annotations: {example.org/why: an alert}}
- action: Cut off
  actionner: kubernetes:networkpolicy
  parameters: {allow_cidr: [192.168.1.0/24], allow_namespaces: [green]}
- action: Calico
  actionner: calico:networkpolicy
  parameters: {order: 20, allow_cidr: [192.168.1.0/24, 172.17.0.0/16], allow_namespaces: [green, blue]}
- action: Cilium
  actionner: cilium:networkpolicy
  parameters: {allow_cidr: [192.168.1.0/24], allow_namespaces: [green]}
- action: Exec
  actionner: kubernetes:exec
  additional_contexts: [aws, k8snode]
  parameters: {shell: /bin/bash, command: "ls -l \${FD_NAME}"}
- action: Script
  actionner: kubernetes:script
  additional_contexts: [k8snode]
  parameters: {shell: /bin/sh, script: "ps xwf\\nls -hlF\\n"}
- action: Log
  actionner: kubernetes:log
  parameters: {tail_lines: 200}
  output: {target: "local:file", parameters: {destination: /var/logs/}}
- action: Download
  actionner: kubernetes:download
  parameters: {file: "\${FD_NAME}"}
  output: {target: "aws:s3", parameters: {bucket: evidence, prefix: /files/, region: us-east-1}}
- action: Tcpdump
  actionner: kubernetes:tcpdump
  parameters: {duration: 10, snaplen: 1024, image: "issif/tcpdump:latest"}
  output: {target: "minio:s3", parameters: {bucket: evidence, prefix: captures}}
- action: Sysdig
  actionner: kubernetes:sysdig
  parameters: {duration: 10}
  output: {target: "local:file", parameters: {destination: /var/captures}}
- action: Delete
  actionner: kubernetes:delete
- action: Cordon
  actionner: kubernetes:cordon
- action: Drain
  actionner: kubernetes:drain
  parameters:
    min_healthy_replicas: 1
    ignore_daemonsets: true
    ignore_statefulsets: true
    ignore_errors: true
    max_wait_period: 60
    wait_period_excluded_namespaces: [kube-system]
- rule: All of them
  match: {rules: [Terminal shell in container]}
  actions: [${["Terminate", "Label", "Annotate", "Cut off", "Calico", "Cilium", "Exec", "Script", "Log", "Download", "Tcpdump", "Sysdig", "Delete", "Cordon", "Drain"].map((name) => `{action: ${name}}`).join(", ")}]
`);
  expect(results.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  const done = responses[0]?.actions ?? [];
  expect(done.map(({ action, continues }) => [action.name, continues])).toEqual([
    ["kubernetes:terminate", false],
    ["kubernetes:label", true],
    ["kubernetes:annotation", true],
    ["kubernetes:networkpolicy", true],
    ["calico:networkpolicy", true],
    ["cilium:networkpolicy", true],
    ["kubernetes:exec", true],
    ["kubernetes:script", true],
    ["kubernetes:log", true],
    ["kubernetes:download", true],
    ["kubernetes:tcpdump", false],
    ["kubernetes:sysdig", false],
    ["kubernetes:delete", false],
    ["kubernetes:cordon", true],
    ["kubernetes:drain", true],
  ]);
  expect(done[1]?.parameters.labels).toEqual({ suspicious: "true", old: "" });
  expect(done[6]?.parameters).toMatchObject({ command: "ls -l ${FD_NAME}", additional_contexts: ["aws", "k8snode"] });
  expect(done[8]?.parameters.output).toEqual({ target: "local:file", parameters: { destination: "/var/logs/" } });
});

it.each([
  [
    "kubernetes:sysdig",
    "{duration: 5}",
    'kubernetes:sysdig requires the parameter "output": {target, parameters}; targets are `local:file` with the parameters destination; `aws:s3` with the parameters bucket, prefix, region, endpoint; `minio:s3` with the parameters bucket, prefix, endpoint; `gcp:gcs` with the parameters bucket, prefix, endpoint',
  ],
  [
    "kubernetes:download",
    "{file: /x}",
    'kubernetes:download requires the parameter "output": {target, parameters}; targets are `local:file` with the parameters destination; `aws:s3` with the parameters bucket, prefix, region, endpoint; `minio:s3` with the parameters bucket, prefix, endpoint; `gcp:gcs` with the parameters bucket, prefix, endpoint',
  ],
  ["kubernetes:terminate", "{min_healthy_replicas: 101%}", '"min_healthy_replicas" takes a number or a percentage'],
])("reports unsupported parameters of %s %s when rules are read", async (actionner, parameters, words) => {
  const { results } = await read(`
- rule: R
  match: {rules: [x]}
  actions: [{action: A, actionner: "${actionner}", parameters: ${parameters}}]
`);
  const { errors, warnings } = results[0]!;
  expect([...errors, ...warnings]).toMatchObject([{ message: expect.stringContaining(words) }]);
});

it("rejects an unknown output and lists the known ones", async () => {
  const { results } = await read(`
- rule: R
  match: {rules: [x]}
  actions:
    - action: A
      actionner: kubernetes:download
      parameters: {file: /x}
      output: {target: azure:blob, parameters: {bucket: evidence}}
`);
  expect(results[0]?.errors).toMatchObject([{ message: expect.stringContaining("targets are `local:file`") }]);
});
