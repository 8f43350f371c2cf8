import { at, type Facts, listOf, numberOf, textAt, textOf, textsOf } from "../transport/json.ts";
import { dashboardOfImage, dashboardOfService } from "./dashboard.ts";
import { type Finding, type ObjectName, type Severity, short } from "./finding.ts";
import type { FindingKind } from "./kinds.ts";
import { createdAt, nameOf, writtenAt } from "./metadata.ts";
import { imagesOf, labelsOf } from "./pod.ts";

/**
 * Finds dashboards in a cluster, and the services through which clients can reach them. Pods must be added first, then
 * services, then ingresses.
 */
export interface Exposure {
  pod(pod: Facts): void;
  service(service: Facts): readonly Finding[];
  ingress(ingress: Facts): readonly Finding[];
}

/** Maximum number of stored pods with dashboards, and of stored services that expose them. */
const MOST = 5000;

interface DashboardPod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export function openExposure(): Exposure {
  /** Pods with dashboards, by namespace. */
  const pods = new Map<string, DashboardPod[]>();
  /** Names of dashboards, by `NAMESPACE/SERVICE`. */
  const services = new Map<string, string>();
  let size = 0;

  /**
   * Returns the dashboard behind a service, identified by the pods of the service, or by the name and ports of the
   * service.
   */
  function dashboardBehind(service: Facts, { namespace, name }: ObjectName): string | undefined {
    const selector = Object.entries(textsOf(at(service, "spec", "selector")));
    const chosen = (pods.get(namespace) ?? []).find(
      ({ labels }) =>
        selector.length > 0 && selector.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value),
    );
    return chosen?.name ?? dashboardOfService(name, portsOf(service).flatMap(namesOfPort));
  }

  return {
    pod(pod) {
      const name = imagesOf(pod)
        .map(dashboardOfImage)
        .find((each) => each !== undefined);
      if (name === undefined || size++ >= MOST) return;
      const { namespace } = nameOf("Pod", pod);
      const there = pods.get(namespace) ?? [];
      there.push({ name, labels: labelsOf(pod) });
      pods.set(namespace, there);
    },
    service(service) {
      const object = nameOf("Service", service);
      const dashboard = dashboardBehind(service, object);
      if (dashboard !== undefined && services.size < MOST)
        services.set(`${object.namespace}/${object.name}`, dashboard);
      const { add, found } = findingsOf(object, service);
      const outside = ofService(service, add);
      if (dashboard !== undefined)
        add(outside ? "exposed-dashboard" : "dashboard", outside ? "high" : "low", dashboard);
      return found;
    },
    ingress(ingress) {
      const object = nameOf("Ingress", ingress);
      const { add, found } = findingsOf(object, ingress);
      const open = hostsWithoutTls(ingress);
      if (open.length > 0) add("ingress-without-tls", "medium", open.slice(0, 10).join(", "));
      const dashboards = backendsOf(ingress).map((name) => services.get(`${object.namespace}/${name}`));
      for (const dashboard of new Set(dashboards))
        if (dashboard !== undefined) add("exposed-dashboard", "high", dashboard);
      return found;
    },
  };
}

function findingsOf(object: ObjectName, from: Facts) {
  const found: Finding[] = [];
  const common = { object, container: "", pods: 0, since: createdAt(from), written: writtenAt(from), related: [] };
  const add = (kind: FindingKind, severity: Severity, detail: string): void =>
    void found.push({ kind, severity, detail: short(detail), ...common });
  return { add, found };
}

/** Reports findings about a service. @returns whether the service can be reached from outside the cluster */
function ofService(service: Facts, add: (kind: FindingKind, severity: Severity, detail: string) => void): boolean {
  const ports = portsOf(service);
  const type = textAt(service, "spec", "type");
  const addresses = textList(at(service, "spec", "externalIPs"));
  const nodePorts = ports.flatMap(({ nodePort }) => numberOf(nodePort) ?? []).filter((port) => port > 0);
  if (type === "LoadBalancer") {
    const ranges = textList(at(service, "spec", "loadBalancerSourceRanges"));
    const isLimited = ranges.length > 0 && !ranges.some((range) => /^(?:0\.0\.0\.0|::)\/0$/.test(range.trim()));
    const clients = isLimited ? `from ${ranges.slice(0, 5).join(", ")}` : "from everywhere";
    add("load-balancer", isLimited ? "low" : "medium", `${portText(ports)} ${clients}`);
  } else if (type === "NodePort") add("node-port", "medium", nodePorts.slice(0, 10).join(", "));
  if (addresses.length > 0) add("external-address", "medium", addresses.slice(0, 10).join(", "));
  return type === "LoadBalancer" || type === "NodePort" || addresses.length > 0;
}

function portsOf(service: Facts): readonly Facts[] {
  return listOf(at(service, "spec", "ports"));
}

function namesOfPort({ name, port, targetPort }: Facts): readonly (string | number)[] {
  return [name, port, targetPort].filter((each) => typeof each === "string" || typeof each === "number");
}

function portText(ports: readonly Facts[]): string {
  const numbers = ports.slice(0, 10).flatMap(({ port }) => numberOf(port) ?? []);
  return `${numbers.length === 1 ? "port" : "ports"} ${numbers.join(", ")}`;
}

/**
 * Returns the hosts of an ingress that no certificate covers. `all hosts` represents a rule without a host, and a
 * default backend without rules.
 */
function hostsWithoutTls(ingress: Facts): readonly string[] {
  const spec = at(ingress, "spec");
  const tls = listOf(at(spec, "tls"));
  if (tls.some(({ hosts }) => textList(hosts).length === 0)) return [];
  const covered = tls.flatMap(({ hosts }) => textList(hosts));
  const rules = listOf(at(spec, "rules")).map(({ host }) => textOf(host));
  const hosts = rules.length === 0 && at(spec, "defaultBackend") !== undefined ? [""] : rules;
  return [...new Set(hosts.filter((host) => !covered.some((each) => coversHost(each, host))))].map(
    (host) => host || "all hosts",
  );
}

/** Whether the host name in a certificate, which may begin with `*.`, covers a host. */
function coversHost(covering: string, host: string): boolean {
  if (covering === host) return true;
  return covering.startsWith("*.") && host.includes(".") && host.slice(host.indexOf(".")) === covering.slice(1);
}

/** Returns the names of the services to which an ingress routes requests. */
function backendsOf(ingress: Facts): readonly string[] {
  const spec = at(ingress, "spec");
  const paths = listOf(at(spec, "rules")).flatMap((rule) => listOf(at(rule, "http", "paths")));
  const names = [at(spec, "defaultBackend"), ...paths.map(({ backend }) => backend)].map((backend) =>
    textAt(backend, "service", "name"),
  );
  return [...new Set(names)].filter((name) => name !== "");
}

function textList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
