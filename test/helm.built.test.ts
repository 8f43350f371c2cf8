// The Helm chart in deploy/helm: helm renders the expected objects, and an API server accepts them.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { home } from "../src/agent/home.ts";
import { readyRules } from "../src/agent/load/ready-rules.ts";
import { loadConfig } from "../src/config/load.ts";
import {
  chart,
  deployed,
  helm,
  type Manifest,
  objectsIn,
  render,
  specOf,
  valueSets,
  valuesFile,
  type Workload,
} from "./helm/chart.ts";
import { wrongValues } from "./helm/wrong-values.ts";
import { apiServerParts, type RealApiServer, startApiServer } from "./parts/kubernetes/api-server.ts";
import { needs } from "./parts/needs.ts";
import { wrongWith } from "./stand-in/kubernetes/schema.ts";

/** Kinds of the Prometheus Operator. */
const OPERATOR = ["PodMonitor", "PrometheusRule"];
const text = (path: string): string => readFileSync(join(home, path), "utf8");
const indented = (content: string, spaces: number): string =>
  content.trimEnd().replaceAll("\n", `\n${" ".repeat(spaces)}`);

const workloadsIn = (objects: readonly Manifest[]): Manifest[] =>
  objects.filter(({ kind }) => ["DaemonSet", "Deployment"].includes(kind));

/** Adds the name of the release to the selectors and labels of a specification. */
function ofRelease<T extends object>(spec: T): T {
  const labeled = stringify(spec).replaceAll(
    /^( *)app.kubernetes.io\/name: .*\n/gm,
    "$&$1app.kubernetes.io/instance: eyas\n",
  );
  return parse(labeled) as T;
}

/** Returns the configuration in the ConfigMap with this name. */
function configIn(objects: readonly Manifest[], name: string): unknown {
  const map = objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name);
  return parse(map?.data?.["eyas.yaml"] ?? "");
}

describe("the chart", needs("helm"), () => {
  const rendered = new Map<string, string>();
  const objects = new Map<string, Manifest[]>();
  beforeAll(() => {
    for (const set of valueSets) {
      rendered.set(set, render(set));
      objects.set(set, objectsIn(rendered.get(set)!));
    }
  });

  test("passes helm lint with every set of values", () => {
    for (const set of valueSets) {
      const { status, stdout } = helm("lint", "--strict", chart, "-f", valuesFile(set));
      expect([status, stdout]).toEqual([0, expect.stringContaining("1 chart(s) linted, 0 chart(s) failed")]);
    }
  });

  test.each(valueSets)("renders the expected objects with the values %s", async (set) => {
    const shown = rendered
      .get(set)!
      .replace(indented(text("deploy/grafana/eyas.json"), 4), "<deploy/grafana/eyas.json>")
      .replace(indented(text("deploy/prometheus/eyas-rules.yaml"), 2), "<deploy/prometheus/eyas-rules.yaml>");
    await expect(shown).toMatchFileSnapshot(`helm/golden/${set}.yaml`);
  });

  test.each(valueSets)("renders valid objects with the values %s", (set) => {
    const all = objects.get(set)!;
    const builtIn = all.filter(({ kind }) => !OPERATOR.includes(kind));
    expect(builtIn.flatMap((each) => wrongWith(each, `V1${each.kind}`))).toEqual([]);
    const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(workloadsIn(all).length).toBeGreaterThan(0);
  });

  test.each([
    ["default", "DaemonSet", "daemonset.yaml", "eyas"],
    ["monitoring", "Deployment", "audit-intake.yaml", "eyas-audit"],
  ] as const)("with the values %s, the %s equals that of deploy/kubernetes/%s", (set, kind, file, name) => {
    const [container] = specOf(deployed(file), kind).template.spec.containers;
    const expected = ofRelease(specOf(deployed(file), kind));
    expect(specOf(objects.get(set)!, kind)).toEqual({
      ...expected,
      template: {
        ...expected.template,
        spec: { ...expected.template.spec, containers: [{ ...container, imagePullPolicy: "IfNotPresent" }] },
      },
    });
    expect(configIn(objects.get(set)!, name)).toEqual(configIn(deployed(file), name));
  });

  test.each(["Service", "PodDisruptionBudget", "NetworkPolicy"])(
    "the %s equals that of deploy/kubernetes, except for its selector",
    (kind) => {
      const own = objects.get("monitoring")!.filter(({ metadata }) => metadata.name === "eyas-audit");
      const expected = stringify(ofRelease(specOf<object>(deployed("audit-intake.yaml"), kind)));
      // This set of values selects another namespace.
      expect(specOf(own, kind)).toEqual(parse(expected.replace("name: monitoring", "name: observability")));
    },
  );

  test("the permissions equal those in deploy/kubernetes", () => {
    type Role = Manifest & { readonly rules: object };
    const roles = (all: readonly Manifest[]): Map<string, object> =>
      new Map(
        all.filter(({ kind }) => kind === "ClusterRole").map((each) => [each.metadata.name, (each as Role).rules]),
      );
    const files = [
      "rbac.yaml",
      "response-rbac.yaml",
      "audit-intake.yaml",
      "rule-resources-rbac.yaml",
      "admission.yaml",
    ];
    const source = roles(files.flatMap(deployed));
    source.set("eyas-audit-rules", source.get("eyas-rules")!);
    for (const [set, names] of [
      ["rules", ["eyas", "eyas-posture", "eyas-response-k8sevents", "eyas-response-kubernetes-terminate"]],
      ["monitoring", ["eyas", "eyas-audit", "eyas-posture"]],
      ["own", []],
      ["rule-resources", ["eyas", "eyas-admission", "eyas-audit", "eyas-audit-rules", "eyas-posture", "eyas-rules"]],
    ] as const) {
      expect(roles(objects.get(set)!)).toEqual(new Map(names.map((name) => [name, source.get(name)])));
    }
  });

  test.each(valueSets)("the parts are consistent, and the configuration is valid with the values %s", async (set) => {
    const all = objects.get(set)!;
    const accounts = all.filter(({ kind }) => kind === "ServiceAccount").map(({ metadata }) => metadata.name);
    for (const { spec } of workloadsIn(all)) {
      const { template, selector } = spec as Workload;
      const [container] = template.spec.containers;
      expect(template.metadata.labels).toMatchObject(selector.matchLabels);
      expect([...accounts, "security"]).toContain(template.spec.serviceAccountName);
      const volumes = template.spec.volumes.map(({ name }) => name);
      expect(new Set(container!.volumeMounts.map(({ name }) => name))).toEqual(new Set(volumes));
      expect(new Set(volumes).size).toBe(volumes.length);
      const maps = template.spec.volumes.flatMap(({ configMap }) => configMap?.name ?? []);
      const map = all.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === maps[0]);
      const file = join(mkdtempSync(join(tmpdir(), "eyas-helm-config-")), "eyas.yaml");
      writeFileSync(file, map?.data?.["eyas.yaml"] ?? "");
      const variables = Object.fromEntries(container!.env?.map(({ name }) => [name, "https://example.org/"]) ?? []);
      const { config, diagnostics } = await loadConfig(file, [], variables);
      expect(diagnostics).toEqual([]);
      expect(container!.ports.find(({ name }) => name === "http")?.containerPort).toBe(config.webserver.listen_port);
      const mounts = container!.volumeMounts.map(({ mountPath }) => mountPath);
      const own = (config.rules_files ?? []).filter((path) => path.startsWith("/etc/"));
      expect(own).toEqual(mounts.filter((path) => path.startsWith("/etc/eyas-rules/")));
      expect(own.map((path) => path.replace("/etc/eyas-rules/", ""))).toEqual(maps.slice(1));
    }
  });

  test("the webhook equals that of deploy/kubernetes, with the certificate and the failure policy of the values", () => {
    type Webhooks = Manifest & { readonly webhooks: readonly { readonly clientConfig: object }[] };
    const of = (all: readonly Manifest[]) =>
      (all.find(({ kind }) => kind === "ValidatingWebhookConfiguration") as Webhooks | undefined)?.webhooks[0];
    const expected = of(deployed("admission.yaml"));
    const caBundle = btoa("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect(of(objects.get("rule-resources")!)).toEqual({
      ...expected,
      failurePolicy: "Fail",
      clientConfig: { ...expected?.clientConfig, caBundle },
    });
  });

  test("all workloads load EyasRules with rules.resources, and may report them", () => {
    const all = objects.get("rule-resources")!;
    for (const name of ["eyas", "eyas-audit", "eyas-admission"])
      expect(configIn(all, name)).toMatchObject({ kubernetes: { rules_resources: true } });
    for (const [set, names] of [
      ["rule-resources", ["eyas-admission", "eyas-audit-rules-report", "eyas-rules-report"]],
      ["default", []],
    ] as const) {
      const roles = objects.get(set)!.filter(({ kind }) => kind === "Role");
      expect(roles.map(({ metadata }) => metadata.name).sort()).toEqual(names);
    }
    expect(text("deploy/helm/eyas/crds/rule-resources.yaml")).toBe(text("deploy/kubernetes/rule-resources.yaml"));
  });

  test("rule files of values are loaded after the default rules", async () => {
    const map = objects.get("rules")!.find(({ metadata }) => metadata.name === "eyas-rules");
    const file = join(mkdtempSync(join(tmpdir(), "eyas-helm-rules-")), "local.yaml");
    writeFileSync(file, map?.data?.["local.yaml"] ?? "");
    const { config } = await loadConfig(undefined);
    const { ruleset } = await readyRules([file], config, "all", "vm");
    expect(ruleset.rules.map(({ name }) => name)).toEqual(["Shell started by web server"]);
    expect(rendered.get("rules")).toMatch(/rules_files:\n +- \/opt\/eyas\/rules\n +- \/etc\/eyas-rules\/eyas-rules\n/);
  });

  test("monitors, alerting rules and dashboard equal those in deploy/, and select existing ports", () => {
    const all = objects.get("monitoring")!;
    const monitors = all.filter(({ kind }) => kind === "PodMonitor");
    expect(monitors.map(({ metadata }) => metadata.name).sort()).toEqual(["eyas", "eyas-audit"]);
    const pods = workloadsIn(all).map(({ spec }) => (spec as Workload).template);
    for (const { spec } of monitors) {
      const { selector, podMetricsEndpoints } = spec as {
        readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
        readonly podMetricsEndpoints: readonly { readonly port: string; readonly relabelings: readonly object[] }[];
      };
      const selected = pods.filter(({ metadata }) =>
        Object.entries(selector.matchLabels).every(([key, value]) => metadata.labels[key] === value),
      );
      expect(selected).toHaveLength(1);
      expect(selected[0]!.spec.containers[0]!.ports.map(({ name }) => name)).toContain(podMetricsEndpoints[0]?.port);
      // The alerting rules select this job.
      expect(podMetricsEndpoints[0]?.relabelings).toContainEqual({ targetLabel: "job", replacement: "eyas" });
    }
    expect(specOf(all, "PrometheusRule")).toEqual(parse(text("deploy/prometheus/eyas-rules.yaml")));
    const dashboard = all.find(({ metadata }) => metadata.name === "eyas-dashboard")?.data?.["eyas.json"];
    expect(dashboard).toBe(text("deploy/grafana/eyas.json"));
  });

  test("the probes and the monitors use the path and the scheme of the server", () => {
    const server = ["ssl_enabled=true", "ssl_certificate=/etc/eyas-secrets/web/tls.pem", "k8s_healthz_endpoint=/alive"];
    const words = server.flatMap((each) => ["--set", `auditIntake.config.webserver.${each}`]);
    const all = objectsIn(render("monitoring", ...words));
    const probesOf = (kind: string) => {
      const { startupProbe, livenessProbe, readinessProbe } = specOf(all, kind).template.spec.containers[0]!;
      return [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet);
    };
    expect(probesOf("DaemonSet")).toEqual(
      ["/healthz?exclude=journal", "/healthz?exclude=journal", "/healthz"].map((path) => ({ path, port: "http" })),
    );
    expect(probesOf("Deployment")).toEqual(
      ["/alive?exclude=journal", "/alive?exclude=journal", "/alive"].map((path) => ({
        path,
        port: "http",
        scheme: "HTTPS",
      })),
    );
    const monitors = all.filter(({ kind }) => kind === "PodMonitor");
    expect(
      monitors.map(({ metadata, spec }) => [metadata.name, /"scheme":"https"/.test(JSON.stringify(spec))]),
    ).toEqual(
      expect.arrayContaining([
        ["eyas", false],
        ["eyas-audit", true],
      ]),
    );
  });

  test.each(wrongValues)("rejects %s with a clear message", (_, values, complaint) => {
    const file = join(mkdtempSync(join(tmpdir(), "eyas-helm-values-")), "values.yaml");
    writeFileSync(file, stringify(values));
    const { status, stderr } = helm("template", "eyas", chart, "-f", file);
    expect([status, stderr]).toEqual([1, expect.stringMatching(complaint)]);
  });

  describe("applied to an API server", needs("helm", ...apiServerParts), () => {
    let server: RealApiServer;
    beforeAll(async () => {
      server = await startApiServer();
      for (const [name, level] of [
        ["eyas", "privileged"],
        ["eyas-audit", "restricted"],
      ]) {
        const labels = { "pod-security.kubernetes.io/enforce": level };
        server.kubectl({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }, "create", "-f", "-");
      }
    }, 400_000);
    afterAll(() => server?.close());

    test.each(valueSets)(
      "is accepted in every field with the values %s",
      (set) => {
        // An address in the service range of the test's API server.
        const all = objectsIn(render(set, "--set", "auditIntake.clusterIP=10.0.0.176"));
        const items = all.filter(({ kind }) => !OPERATOR.includes(kind));
        const words = ["apply", "--dry-run=server", "--validate=strict", "-o", "name", "-f", "-"];
        const accepted = server.kubectl({ apiVersion: "v1", kind: "List", items }, ...words);
        expect(accepted.trim().split("\n")).toHaveLength(items.length);
      },
      120_000,
    );

    test("is admitted with its pods; the pods of the audit intake are admitted at the pod security level restricted", () => {
      for (const [set, kind, namespace] of [
        ["default", "DaemonSet", "eyas"],
        ["audit", "Deployment", "eyas-audit"],
        ["rule-resources", "Deployment", "eyas-audit"],
      ] as const) {
        const { template } = specOf(objects.get(set)!, kind);
        const metadata = { ...template.metadata, name: "trial", namespace };
        const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: template.spec };
        const words = ["create", "--dry-run=server", "--validate=strict", "-o", "name", "-f", "-"];
        expect(server.kubectl(pod, ...words)).toBe("pod/trial\n");
      }
    });
  });
});
