import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../event/document.ts";
import { Machine } from "../../machine/machine.ts";
import { Observed } from "../../machine/observed.ts";
import { documentVocabulary } from "../catalogue.ts";
import { FieldArgumentError, type Value } from "../field.ts";
import { classesOfSource } from "../sources.ts";
import { repositoryOf } from "./repository.ts";

const words = documentVocabulary(await classesOfSource("k8s_audit"));

function read(document: JsonObject, text: string): Value | undefined {
  const event = new Observed(new Machine());
  event.document = document;
  const use = words.lookup(text);
  if (use === undefined) throw new Error(`no field ${text}`);
  return use.field.bind(use.argument)(event);
}

function request(requestObject: JsonObject | readonly JsonObject[], more: JsonObject = {}): JsonObject {
  return { auditID: "1", requestObject, ...more };
}

/** A pod of two containers, an init container and an ephemeral one. */
const pod = request({
  spec: {
    hostNetwork: true,
    securityContext: { runAsUser: 1000, supplementalGroups: [7, 8] },
    containers: [
      {
        name: "web",
        image: "registry:5000/team/web:1.2",
        command: ["sh", "-c", "sleep 1"],
        ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 443 }],
        securityContext: { privileged: true, capabilities: { add: ["SYS_ADMIN", "NET_RAW"] } },
      },
      { name: "log", image: "busybox@sha256:ab", securityContext: { runAsUser: 0, privileged: false } },
    ],
    initContainers: [{ name: "init", image: "busybox" }],
    ephemeralContainers: [{ name: "debug", image: "busybox:1", securityContext: { runAsUser: 5 } }],
    volumes: [
      { name: "a", hostPath: { path: "/proc" } },
      { name: "b", configMap: { name: "x" } },
      { name: "c", hostPath: { path: "/etc/ssh" } },
    ],
  },
});

describe("a requested pod", () => {
  test.each([
    ["ka.req.pod.containers.name", ["web", "log"]],
    ["ka.req.pod.containers.name[1]", ["log"]],
    ["ka.req.pod.containers.name[2]", undefined],
    ["ka.req.pod.containers.image", ["registry:5000/team/web:1.2", "busybox@sha256:ab"]],
    ["ka.req.pod.containers.image.repository", ["registry:5000/team/web", "busybox"]],
    ["ka.req.pod.containers.command", ["sh -c sleep 1"]],
    ["ka.req.pod.containers.args", undefined],
    ["ka.req.pod.containers.host_port", ["8080", "443"]],
    ["ka.req.pod.containers.privileged", ["true", "false"]],
    ["ka.req.pod.containers.privileged[0]", ["true"]],
    ["ka.req.pod.containers.run_as_user", ["0"]],
    ["ka.req.pod.containers.eff_run_as_user", ["1000", "0"]],
    ["ka.req.pod.containers.eff_run_as_user[0]", ["1000"]],
    ["ka.req.pod.containers.eff_run_as_group", ["0", "0"]],
    ["ka.req.pod.containers.add_capabilities", ["SYS_ADMIN", "NET_RAW"]],
    ["ka.req.pod.initContainers.eff_run_as_user", ["1000"]],
    ["ka.req.pod.initContainers.image.repository", ["busybox"]],
    ["ka.req.pod.ephemeralContainers.run_as_user", ["5"]],
    ["ka.req.pod.run_as_user", "1000"],
    ["ka.req.pod.supplemental_groups", ["7", "8"]],
    ["ka.req.pod.host_network", "true"],
    ["ka.req.container.host_network", "true"],
    ["ka.req.pod.host_pid", undefined],
    ["ka.req.container.image", "registry:5000/team/web:1.2"],
    ["ka.req.container.image.repository", "registry:5000/team/web"],
    ["ka.req.container.privileged", "true"],
    ["ka.req.pod.volumes.hostpath", ["/proc", "/etc/ssh"]],
    ["ka.req.pod.volumes.hostpath[1]", undefined],
    ["ka.req.pod.volumes.volume_type", ["hostPath", "configMap", "hostPath"]],
    ["ka.req.volume.hostpath[/etc*]", "true"],
    ["ka.req.volume.hostpath[/etc]", "false"],
    ["ka.req.volume.hostpath[/proc]", "true"],
  ])("has %s", (field, value) => {
    expect(read(pod, field)).toEqual(value);
  });

  test("has no images if one of its containers has none", () => {
    const nameless = request({ spec: { containers: [{ image: "a" }, {}] } });
    expect(read(nameless, "ka.req.pod.containers.image")).toBeUndefined();
    expect(read(nameless, "ka.req.container.image")).toBe("a");
  });

  test("is absent in patch requests of any kind", () => {
    const patch = request([{ op: "replace", path: "/spec/replicas", value: 2 }]);
    for (const field of ["name", "privileged", "eff_run_as_user", "host_port"])
      expect(read(patch, `ka.req.pod.containers.${field}`)).toBeUndefined();
    expect(read(patch, "ka.req.volume.hostpath[/etc]")).toBeUndefined();
  });

  test("may have any structure", () => {
    for (const containers of [
      null,
      7,
      "x",
      {},
      [null],
      [7],
      [[]],
      [{ securityContext: 5, ports: {}, command: "sh" }],
    ]) {
      const odd = request({ spec: { containers, volumes: containers } });
      for (const field of ["name", "command", "host_port", "privileged", "add_capabilities", "eff_run_as_user"])
        expect(() => read(odd, `ka.req.pod.containers.${field}`)).not.toThrow();
      expect(() => read(odd, "ka.req.pod.volumes.volume_type")).not.toThrow();
    }
  });
});

describe("an audit event", () => {
  test("has addresses in their original order", () => {
    const event = { auditID: "1", sourceIPs: ["10.0.0.9", "192.0.2.1"] };
    expect(read(event, "ka.sourceips")).toEqual(["10.0.0.9", "192.0.2.1"]);
    expect(read(event, "ka.sourceips[1]")).toEqual(["192.0.2.1"]);
    expect(read(event, "ka.sourceips[2]")).toBeUndefined();
  });

  test("has the fields of a role and of a binding", () => {
    const rules = [
      { verbs: ["get", "list"], resources: ["pods"], apiGroups: [""] },
      { verbs: ["*"], nonResourceURLs: ["/x"] },
    ];
    const role = request({ rules });
    expect(read(role, "ka.req.role.rules.verbs")).toEqual(["get", "list", "*"]);
    expect(read(role, "ka.req.role.rules.verbs[1]")).toEqual(["*"]);
    expect(read(role, "ka.req.role.rules.resources")).toEqual(["pods"]);
    expect(read(role, "ka.req.role.rules")).toEqual(rules.map((rule) => JSON.stringify(rule)));
    const binding = request({
      roleRef: { name: "cluster-admin" },
      subjects: [
        { kind: "User", name: "eve" },
        { kind: "ServiceAccount", name: "ci", namespace: "shop" },
        { kind: "ServiceAccount", name: "lost" },
      ],
    });
    expect(read(binding, "ka.req.binding.role")).toBe("cluster-admin");
    expect(read(binding, "ka.req.binding.subjects.user_names")).toEqual(["eve"]);
    expect(read(binding, "ka.req.binding.subjects.serviceaccount_names")).toEqual(["ci", "lost"]);
    expect(read(binding, "ka.req.binding.subjects.serviceaccount_ns_names")).toEqual(["shop:ci"]);
    expect(read(binding, "ka.req.binding.subjects.group_names")).toBeUndefined();
    expect(read(binding, "ka.req.binding.subject.has_name[eve]")).toBe("true");
  });

  test("has values that are not text as JSON", () => {
    const event = { auditID: "1", responseStatus: { code: 403 }, requestObject: { data: { a: "b" } } };
    expect(read(event, "ka.response.code")).toBe("403");
    expect(read(event, "ka.req.configmap.obj")).toBe('{"a":"b"}');
  });

  test("has the name of the pod only for requests about the pod itself", () => {
    const created = { metadata: { name: "web-1" } };
    const about = (subresource?: string): JsonObject => ({
      auditID: "1",
      objectRef: { resource: "pods", ...(subresource !== undefined && { subresource }) },
      responseObject: created,
    });
    expect(read(about(), "ka.target.pod.name")).toBe("web-1");
    expect(read(about(""), "ka.target.pod.name")).toBe("web-1");
    expect(read(about("exec"), "ka.target.pod.name")).toBeUndefined();
  });

  test("decodes the parameters of its URI", () => {
    const event = { auditID: "1", requestURI: "/exec?command=sh&command=id&empty=&flag&a%20b=c+d%26#x?z=1" };
    const values = ["command", "empty", "flag", "a b", "z", "absent"].map((key) => read(event, `ka.uri.param[${key}]`));
    expect(values).toEqual(["sh", "", "", "c d&#x?z=1", undefined, undefined]);
  });

  test("reads the parameters that the API server uses", () => {
    const of = (query: string, key: string) =>
      read({ auditID: "1", requestURI: `/api/v1/namespaces/shop/pods?${query}` }, `ka.uri.param[${key}]`);
    expect(of("command=ls;&command=bash", "command"), "a pair with a semicolon").toBe("bash");
    expect(of("command=ls%zz&command=bash", "command"), "a pair with an invalid escape").toBe("bash");
    expect(of("dryRun=All#;", "dryRun"), "no fragment").toBeUndefined();
    expect(of("dryRun=All#%zz", "dryRun"), "no fragment").toBeUndefined();
    expect(of("dryRun=All#", "dryRun"), "no fragment").toBe("All#");
  });

  test("requires an audit id: all fields are absent without it", () => {
    const { auditID: _, ...other } = pod;
    for (const field of ["ka.req.pod.containers.name", "ka.req.pod.host_network", "ka.req.binding.subject.has_name[x]"])
      expect(read(other, field)).toBeUndefined();
  });

  test("ignores inherited properties of JavaScript objects", () => {
    expect(read({ auditID: "1", user: {} }, "ka.user.name")).toBeUndefined();
    expect(read({ auditID: "1" }, "json.value[/constructor]")).toBeUndefined();
    expect(read({ auditID: "1" }, "json.value[/toString/name]")).toBeUndefined();
    expect(read({}, "ka.auditid")).toBeUndefined();
  });
});

test("an index in a list is a number from 0", () => {
  for (const place of ["x", "-1", "1.5"])
    expect(() => read(pod, `ka.req.pod.containers.name[${place}]`)).toThrow(FieldArgumentError);
});

test("the repository of an image has no tag and no digest, but includes the port of the registry", () => {
  const images = ["nginx", "nginx:1.27", "a/b@sha256:00", "host:5000/a/b", "host:5000/a/b:2@sha256:00", ""];
  expect(images.map(repositoryOf)).toEqual(["nginx", "nginx", "a/b", "host:5000/a/b", "host:5000/a/b", ""]);
});
