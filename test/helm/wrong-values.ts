/** Values that the chart must reject, and text that the error message must contain. */
export const wrongValues: readonly (readonly [what: string, values: object, complaint: RegExp])[] = [
  ["an unknown key", { sensor: { toleration: [] } }, /at '\/sensor': additional properties 'toleration' not allowed/],
  [
    "an unknown key of the configuration",
    { sensor: { config: { outputs: { slack: { webhook: "x" } } } } },
    /at '\/sensor\/config\/outputs\/slack': additional properties 'webhook' not allowed/,
  ],
  [
    "a wrong type in the configuration",
    { sensor: { config: { webserver: { listen_port: "8765" } } } },
    /at '\/sensor\/config\/webserver\/listen_port': got string, want null or integer/,
  ],
  [
    "a secret as text",
    { sensor: { config: { outputs: { pagerduty: { routingkey: "0123456789" } } } } },
    /at '\/sensor\/config\/outputs\/pagerduty\/routingkey': '0123456789' does not match pattern/,
  ],
  [
    "a password in an address",
    { sensor: { config: { outputs: { rabbitmq: { url: "amqps://eyas:secret@rabbitmq/" } } } } },
    /at '\/sensor\/config\/outputs\/rabbitmq\/url': 'amqps:\/\/eyas:secret@rabbitmq\/' does not match pattern/,
  ],
  [
    "a password in a list of addresses",
    { sensor: { config: { outputs: { nats: { hostport: ["nats://eyas:secret@nats:4222"] } } } } },
    /at '\/sensor\/config\/outputs\/nats\/hostport\/0': 'nats:\/\/eyas:secret@nats:4222' does not match pattern/,
  ],
  [
    "a secret in a header",
    { sensor: { config: { outputs: { webhook: { customheaders: { Authorization: "Bearer secret" } } } } } },
    /at '\/sensor\/config\/outputs\/webhook\/customheaders\/Authorization': 'Bearer secret' does not match pattern/,
  ],
  [
    "a secret that is not a reference",
    { sensor: { environment: { SLACK: "https://hooks.slack.com/services/x" } } },
    /at '\/sensor\/environment\/SLACK': got string, want object/,
  ],
  [
    "an unknown pull policy",
    { image: { pullPolicy: "Sometimes" } },
    /at '\/image\/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'/,
  ],
  ["a tag as digest", { image: { digest: "latest" } }, /at '\/image\/digest': 'latest' does not match pattern/],
  [
    "an amount with a wrong unit",
    { sensor: { resources: { limits: { memory: "1GB" } } } },
    /at '\/sensor\/resources\/limits\/memory': '1GB' does not match pattern/,
  ],
  ["no pods", { auditIntake: { enabled: true, replicas: 0 } }, /at '\/auditIntake\/replicas': minimum: got 0, want 1/],
  [
    "a name instead of an address",
    { auditIntake: { enabled: true, clusterIP: "eyas-audit.eyas.svc" } },
    /at '\/auditIntake\/clusterIP'.*'eyas-audit\.eyas\.svc' does not match pattern/s,
  ],
  [
    "rules that are not text",
    { rules: { files: { "local.yaml": [{ macro: "m", condition: "proc.name = x" }] } } },
    /at '\/rules\/files\/local\.yaml': got array, want string/,
  ],
  [
    "a rule file that would not be loaded",
    { rules: { files: { local: "[]" } } },
    /at '\/rules\/files': additional properties 'local' not allowed/,
  ],
  [
    "permissions of an unknown action",
    { rbac: { responses: ["kubernetes-explode"] } },
    /at '\/rbac\/responses\/0': value must be one of 'calico-networkpolicy', /,
  ],
  [
    "a time without a unit",
    { podMonitor: { interval: "30" } },
    /at '\/podMonitor\/interval': '30' does not match pattern/,
  ],
  [
    "no workload",
    { sensor: { enabled: false } },
    /sensor\.enabled and auditIntake\.enabled are false: enable one, otherwise nothing would run/,
  ],
  [
    "probes without a server",
    { sensor: { config: { webserver: { enabled: false } } } },
    /sensor\.config\.webserver\.enabled is false: the probes of the pods need it/,
  ],
  [
    "a server that the kubelet cannot reach",
    { auditIntake: { enabled: true, config: { webserver: { listen_address: "127.0.0.1" } } } },
    /auditIntake\.config\.webserver\.listen_address is an address of the pod itself: set it to 0\.0\.0\.0/,
  ],
  [
    "a monitor without metrics",
    { podMonitor: { enabled: true }, sensor: { config: { webserver: { prometheus_metrics_enabled: false } } } },
    /podMonitor\.enabled needs sensor\.config\.webserver\.prometheus_metrics_enabled/,
  ],
  [
    "a reference to nothing",
    { sensor: { config: { outputs: { slack: { webhookurl: "${SLACK}" } } } } },
    /sensor\.config refers to \$\{SLACK\}: add SLACK to sensor\.environment, with the secret and its key/,
  ],
  [
    "a list of rule files without the rules of the chart",
    { sensor: { config: { rules_files: ["/opt/eyas/rules"] } }, rules: { files: { "local.yaml": "[]" } } },
    /sensor\.config\.rules_files replaces the list that the chart creates: add \/etc\/eyas-rules\/eyas-rules, otherwise/,
  ],
  [
    "a list of rule files without an existing ConfigMap",
    {
      auditIntake: { enabled: true, config: { rules_files: ["/etc/eyas-rules/eyas-rules"] } },
      rules: { files: { "local.yaml": "[]" }, configMaps: ["team-rules"] },
    },
    /auditIntake\.config\.rules_files replaces the list that the chart creates: add \/etc\/eyas-rules\/team-rules/,
  ],
  [
    "a webhook without resources",
    { admission: { enabled: true, caBundle: "-----BEGIN CERTIFICATE-----" } },
    /admission\.enabled needs rules\.resources: otherwise no workload would load EyasRules/,
  ],
  [
    "a webhook that API servers cannot trust",
    { admission: { enabled: true }, rules: { resources: true } },
    /admission\.caBundle is empty: set it to the CA certificate of the webhook's certificate/,
  ],
  ["a CA certificate that is not PEM", { admission: { caBundle: "AAAA" } }, /caBundle/],
  ["an unknown failure policy", { admission: { failurePolicy: "Maybe" } }, /failurePolicy/],
];
