import type { JsonSchema } from "../../src/setting/shape.ts";
import { configurationOf, responseActions, specOf } from "./manifests.ts";
import {
  environment,
  names,
  object,
  objectName,
  objects,
  optionalName,
  resources,
  text,
  texts,
  type Value,
  type Values,
  yesOrNo,
} from "./value.ts";

const sensor = specOf("daemonset.yaml", "DaemonSet");
const intake = specOf("audit-intake.yaml", "Deployment");
const admission = specOf("admission.yaml", "Deployment");
const [repository = ""] = sensor.template?.spec.containers[0]?.image.split(":") ?? [];

/** A reference to the definition in values.schema.json. */
const configuration: JsonSchema = { $ref: "#/definitions/configuration" };
const ADDRESS = "((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\\.|$)){4}";
const NETWORK = "^([0-9]{1,3}(\\.[0-9]{1,3}){3}/([0-9]|[12][0-9]|3[0-2])|[0-9a-fA-F:]+/[0-9]{1,3})$";

const labels = (about: string): Value => ({ about, fallback: {}, schema: texts });

/** Returns the values of a workload. The DaemonSet and the Deployment have the same keys. */
function workload(file: string, { template }: typeof sensor): Values {
  const { priorityClassName, tolerations, containers } = template?.spec ?? { containers: [] };
  return {
    config: {
      about: `The configuration (docs/configuration.md). Values can refer to a variable in \`environment\` as \${NAME}; secrets must be given this way.`,
      fallback: configurationOf(file),
      schema: configuration,
    },
    environment: {
      about: "Environment variables from secrets, such as SLACK: {secret: eyas-outputs, key: slack}.",
      fallback: {},
      schema: environment,
    },
    secrets: {
      about: "Names of secrets that are mounted as files at /etc/eyas-secrets/NAME, such as client certificates.",
      fallback: [],
      schema: names,
    },
    serviceAccount: {
      about: "Name of an existing service account. If empty, the chart creates a service account.",
      fallback: "",
      schema: optionalName,
    },
    serviceAccountAnnotations: labels("Annotations of the service account, such as a cloud provider's role."),
    resources: {
      about: "Resource requests and limits of the container.",
      fallback: containers[0]?.resources,
      schema: resources,
    },
    priorityClassName: {
      about: "Priority class. If empty, the default of the cluster is used.",
      fallback: priorityClassName,
      schema: optionalName,
    },
    tolerations: {
      about: "Tolerations for taints.",
      fallback: tolerations ?? [],
      schema: objects,
    },
    nodeSelector: labels("Labels that a node must have."),
    affinity: { about: "Affinity of the pods.", fallback: {}, schema: object },
    podAnnotations: labels("Additional annotations of the pods."),
    podLabels: labels("Additional labels of the pods."),
  };
}

/**
 * The values of the chart, in the order of values.yaml. The defaults are the values in the manifests in
 * deploy/kubernetes.
 */
export const values: Values = {
  image: {
    repository: { about: "Image, with its registry.", fallback: repository, schema: { type: "string", minLength: 1 } },
    tag: { about: "Tag of the image. If empty, the version of the chart is used.", fallback: "", schema: text },
    digest: {
      about: "Digest of the image, used instead of the tag.",
      fallback: "",
      schema: { type: "string", pattern: "^(sha256:[0-9a-f]{64})?$" },
    },
    pullPolicy: {
      about: "Image pull policy.",
      fallback: "IfNotPresent",
      schema: { enum: ["Always", "IfNotPresent", "Never"] },
    },
    pullSecrets: { about: "Names of the secrets for the registry.", fallback: [], schema: names },
  },
  fullnameOverride: {
    about: "Name of the objects. If empty, the name is derived from the name of the release and contains eyas.",
    fallback: "",
    schema: { type: "string", pattern: "^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$", maxLength: 40 },
  },
  sensor: {
    enabled: { about: "Runs Eyas on every node (DaemonSet).", fallback: true, schema: yesOrNo },
    ...workload("daemonset.yaml", sensor),
    journalPath: {
      about: "Directory for the journal on each node. The journal is kept when pods are deleted.",
      fallback: "/var/lib/eyas",
      schema: { type: "string", pattern: "^/[^/]" },
    },
    updateStrategy: { about: "Strategy for replacing pods.", fallback: sensor.updateStrategy, schema: object },
  },
  auditIntake: {
    enabled: {
      about: "Receives audit events from API servers (Deployment and Service, docs/kubernetes-audit.md).",
      fallback: false,
      schema: yesOrNo,
    },
    ...workload("audit-intake.yaml", intake),
    replicas: { about: "Number of pods.", fallback: intake.replicas, schema: { type: "integer", minimum: 1 } },
    strategy: { about: "Strategy for replacing pods.", fallback: intake.strategy, schema: object },
    clusterIP: {
      about:
        "Cluster IP of the service: an unused address in the service range, because API servers cannot resolve service names.",
      fallback: specOf("audit-intake.yaml", "Service").clusterIP,
      schema: { type: "string", anyOf: [{ pattern: `^${ADDRESS}` }, { pattern: "^[0-9a-fA-F]*:[0-9a-fA-F:]+$" }] },
    },
    tlsSecret: {
      about: "Existing secret with tls.crt, tls.key and ca.crt, the CA of the API servers' certificates.",
      fallback: "eyas-audit-tls",
      schema: objectName,
    },
  },
  admission: {
    enabled: {
      about:
        "Validates EyasRules before they are stored, and writes their status (Deployment and webhook, docs/rule-resources.md). Requires rules.resources.",
      fallback: false,
      schema: yesOrNo,
    },
    ...workload("admission.yaml", admission),
    replicas: { about: "Number of pods.", fallback: admission.replicas, schema: { type: "integer", minimum: 1 } },
    strategy: { about: "Strategy for replacing pods.", fallback: admission.strategy, schema: object },
    tlsSecret: {
      about: "Existing secret with tls.crt and tls.key, the certificate for the name of the service.",
      fallback: "eyas-admission-tls",
      schema: objectName,
    },
    caBundle: {
      about:
        "CA certificate (PEM) that signed the certificate in tlsSecret. Can be empty if a controller sets it, as requested by webhookAnnotations.",
      fallback: "",
      schema: { type: "string", pattern: "^(\\s*-----BEGIN CERTIFICATE-----|$)" },
    },
    webhookAnnotations: labels("Annotations of the webhook, such as cert-manager.io/inject-ca-from."),
    failurePolicy: {
      about:
        "Whether EyasRules can be changed while the webhook does not respond: Ignore or Fail. Nodes check EyasRules in both cases.",
      fallback: "Ignore",
      schema: { enum: ["Ignore", "Fail"] },
    },
  },
  rules: {
    resources: {
      about: "Loads the EyasRules of the cluster after the rules below (docs/rule-resources.md).",
      fallback: false,
      schema: yesOrNo,
    },
    defaults: {
      about:
        "Directory with the default rules in the image, loaded before the rules below. If empty, only the rules below are loaded.",
      fallback: "/opt/eyas/rules",
      schema: { type: "string", pattern: "^(/.+)?$" },
    },
    files: {
      about:
        "Rule files by name, such as local.yaml, in a ConfigMap of the chart. Changes are applied without a restart.",
      fallback: {},
      schema: {
        type: "object",
        additionalProperties: false,
        patternProperties: { "^[-._a-zA-Z0-9]+\\.ya?ml$": { type: "string", minLength: 1 } },
      },
    },
    configMaps: {
      about: "Names of existing ConfigMaps whose keys are rule files, loaded last.",
      fallback: [],
      schema: names,
    },
  },
  rbac: {
    create: { about: "Creates roles and bindings.", fallback: true, schema: yesOrNo },
    posture: { about: "Grants the permissions that `eyas posture` requires.", fallback: true, schema: yesOrNo },
    responses: {
      about:
        "Actions of response rules whose permissions are granted, such as kubernetes-terminate (docs/responses.md).",
      fallback: [],
      schema: { type: "array", uniqueItems: true, items: { enum: responseActions() } },
    },
  },
  networkPolicy: {
    enabled: {
      about: "Restricts connections to the required ports.",
      fallback: true,
      schema: yesOrNo,
    },
    monitoringNamespace: {
      about: "Namespace of Prometheus, which can read metrics.",
      fallback: "monitoring",
      schema: objectName,
    },
    apiServers: {
      about: "Networks of the API servers that send audit events.",
      fallback: ["0.0.0.0/0"],
      schema: { type: "array", minItems: 1, items: { type: "string", pattern: NETWORK } },
    },
    egress: {
      about: "Additional egress rules, for outputs on ports other than 443.",
      fallback: [],
      schema: objects,
    },
  },
  podMonitor: {
    enabled: { about: "Creates a PodMonitor per workload (Prometheus Operator).", fallback: false, schema: yesOrNo },
    interval: {
      about: "Interval between scrapes.",
      fallback: "15s",
      schema: { type: "string", pattern: "^[0-9]+(ms|s|m|h)$" },
    },
    labels: labels("Labels by which Prometheus selects the PodMonitor."),
  },
  prometheusRule: {
    enabled: {
      about: "Creates a PrometheusRule with the alerting rules of deploy/prometheus.",
      fallback: false,
      schema: yesOrNo,
    },
    labels: labels("Labels by which Prometheus selects the PrometheusRule."),
  },
  dashboard: {
    enabled: { about: "Creates a ConfigMap with the dashboard for Grafana.", fallback: false, schema: yesOrNo },
    labels: {
      about: "Labels by which Grafana's sidecar selects the ConfigMap.",
      fallback: { grafana_dashboard: "1" },
      schema: texts,
    },
    annotations: labels("Annotations, such as grafana_folder."),
  },
};
