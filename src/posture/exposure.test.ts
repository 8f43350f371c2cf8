import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { factsOf } from "../transport/json.ts";
import { openExposure } from "./exposure.ts";
import type { Finding } from "./finding.ts";

const texts = (findings: readonly Finding[]): string[] =>
  findings.map(
    ({ kind, severity, object, detail }) => `${kind} ${severity} ${object.namespace}/${object.name} ${detail}`,
  );

const service = (spec: string, name = "web"): string[] =>
  texts(openExposure().service(factsOf(parse(`{ metadata: { name: ${name}, namespace: shop }, spec: ${spec} }`))));
const ingress = (spec: string): string[] =>
  texts(openExposure().ingress(factsOf(parse(`{ metadata: { name: web, namespace: shop }, spec: ${spec} }`))));

describe("services that can be reached from outside", () => {
  test.each([
    ["{ type: ClusterIP, ports: [{ port: 80 }] }", []],
    ["{ type: NodePort, ports: [{ port: 80, nodePort: 30080 }] }", ["node-port medium shop/web 30080"]],
    [
      "{ type: LoadBalancer, ports: [{ port: 80, nodePort: 30080 }, { port: 443, nodePort: 30443 }] }",
      ["load-balancer medium shop/web ports 80, 443 from everywhere"],
    ],
    [
      '{ type: LoadBalancer, ports: [{ port: 80 }], loadBalancerSourceRanges: ["10.0.0.0/8"] }',
      ["load-balancer low shop/web port 80 from 10.0.0.0/8"],
    ],
    [
      '{ type: LoadBalancer, ports: [{ port: 80 }], loadBalancerSourceRanges: ["10.0.0.0/8", "0.0.0.0/0"] }',
      ["load-balancer medium shop/web port 80 from everywhere"],
    ],
    ['{ ports: [{ port: 80 }], externalIPs: ["203.0.113.7"] }', ["external-address medium shop/web 203.0.113.7"]],
  ])("%s", (spec, expected) => {
    expect(service(spec)).toEqual(expected);
  });
});

describe("ingresses without TLS", () => {
  test.each([
    ["{ rules: [{ host: shop.example }] }", ["ingress-without-tls medium shop/web shop.example"]],
    ["{ rules: [{ host: shop.example }], tls: [{ hosts: [shop.example], secretName: tls }] }", []],
    ['{ rules: [{ host: a.shop.example }], tls: [{ hosts: ["*.shop.example"] }] }', []],
    [
      '{ rules: [{ host: a.b.shop.example }], tls: [{ hosts: ["*.shop.example"] }] }',
      ["ingress-without-tls medium shop/web a.b.shop.example"],
    ],
    [
      "{ rules: [{ host: shop.example }, { host: old.example }], tls: [{ hosts: [shop.example] }] }",
      ["ingress-without-tls medium shop/web old.example"],
    ],
    ["{ rules: [{ http: { paths: [] } }] }", ["ingress-without-tls medium shop/web all hosts"]],
    ["{ defaultBackend: { service: { name: web } } }", ["ingress-without-tls medium shop/web all hosts"]],
    ["{ rules: [{ host: shop.example }], tls: [{ secretName: tls }] }", []],
  ])("%s", (spec, expected) => {
    expect(ingress(spec)).toEqual(expected);
  });
});

describe("dashboards", () => {
  const dashboard = {
    metadata: { name: "d", namespace: "tools", labels: { app: "d" } },
    spec: { containers: [{ image: "docker.io/kubernetesui/dashboard-web:1.7@sha256:0" }] },
  };
  const named = (name: string, spec: object) => ({ metadata: { name, namespace: "tools" }, spec });

  test("are recognized by the image of the pods behind a service, regardless of the name of the service", () => {
    const exposure = openExposure();
    exposure.pod(dashboard);
    const spec = { type: "NodePort", selector: { app: "d" }, ports: [{ port: 1, nodePort: 31000 }] };
    expect(texts(exposure.service(named("harmless", spec)))).toEqual([
      "node-port medium tools/harmless 31000",
      "exposed-dashboard high tools/harmless Kubernetes Dashboard",
    ]);
    expect(texts(exposure.service(named("harmless", { ...spec, selector: { app: "other" } })))).toHaveLength(1);
  });

  test("are recognized by the name and port of a service", () => {
    expect(service("{ ports: [{ port: 80 }] }", "grafana")).toEqual(["dashboard low shop/grafana Grafana"]);
    expect(service("{ type: NodePort, ports: [{ port: 1, targetPort: 2375, nodePort: 30001 }] }")).toContain(
      "exposed-dashboard high shop/web Docker",
    );
  });

  test("are exposed if an ingress routes requests to them", () => {
    const exposure = openExposure();
    exposure.pod(dashboard);
    exposure.service(named("harmless", { selector: { app: "d" }, ports: [{ port: 1 }] }));
    const path = { path: "/", backend: { service: { name: "harmless" } } };
    const rules = [{ host: "d.example", http: { paths: [path, path] } }];
    expect(texts(exposure.ingress(named("in", { rules, tls: [{ hosts: ["d.example"] }] })))).toEqual([
      "exposed-dashboard high tools/in Kubernetes Dashboard",
    ]);
  });
});

test("invalid and malicious values cause no errors", () => {
  const exposure = openExposure();
  for (const value of [null, 1, "x", [], {}, [null], { constructor: 1 }]) {
    exposure.pod({ metadata: value, spec: { containers: value } });
    exposure.service({
      metadata: value,
      spec: { type: "LoadBalancer", ports: value, selector: value, externalIPs: value },
    });
    exposure.ingress({ metadata: value, spec: { rules: value, tls: value, defaultBackend: value } });
  }
  expect(service("{ ports: [{ name: constructor, port: 1 }] }", "constructor")).toEqual([]);
});
