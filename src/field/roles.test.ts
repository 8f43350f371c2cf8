import { describe, expect, test } from "vitest";
import type { Field } from "./field.ts";
import {
  allNameFields,
  cefFields,
  changes,
  changesAlways,
  csvFields,
  distinguishingFields,
  ecsFields,
  enrichmentOf,
  enrichmentsIn,
  fieldAliases,
  fieldsOfClass,
  idFields,
  labelFields,
  nameFields,
  rolesOf,
  suggestedFields,
  targetFields,
  targetNameFields,
  titledFields,
} from "./roles.ts";
import { roles } from "./roles-table.ts";
import { classesOfSource, knownSources, lazyClasses, namesLazy } from "./sources.ts";

const rows = new Map<string, Field>();
for (const source of knownSources)
  for (const { fields } of await classesOfSource(source)) for (const field of fields) rows.set(field.name, field);

describe("names that other systems rely on are stable", () => {
  test("names of the Elastic Common Schema, which stores use to map documents", () => {
    expect(ecsFields.map(([field, ecs, type]) => `${ecs} ${type}: ${field}`)).toEqual(
      expect.arrayContaining([
        "client.ip ip: fd.cip",
        "client.port number: fd.cport",
        "container.id text: container.id",
        "container.image.name text: container.image.repository",
        "container.image.tag text: container.image.tag",
        "container.name text: container.name",
        "destination.ip ip: fd.sip",
        "destination.ip ip: net.dst.ip",
        "destination.port number: fd.sport",
        "destination.port number: net.dst.port",
        "dns.question.name text: dns.name",
        "event.action text: evt.type",
        "event.action text: ka.verb",
        "file.directory text: fd.directory",
        "file.name text: fd.filename",
        "group.id text: group.gid",
        "group.name text: group.name",
        "http.request.method text: http.method",
        "http.response.status_code number: http.status",
        "network.community_id text: net.community_id",
        "network.direction text: net.direction",
        "network.transport text: fd.l4proto",
        "network.transport text: net.proto",
        "orchestrator.namespace text: k8s.ns.name",
        "orchestrator.namespace text: ka.target.namespace",
        "orchestrator.resource.id text: k8s.pod.uid",
        "orchestrator.resource.name text: k8s.pod.name",
        "orchestrator.resource.name text: ka.target.name",
        "orchestrator.resource.type text: ka.target.resource",
        "process.command_line text: proc.cmdline",
        "process.executable text: proc.exepath",
        "process.name text: proc.name",
        "process.parent.command_line text: proc.pcmdline",
        "process.parent.executable text: proc.pexepath",
        "process.parent.name text: proc.pname",
        "process.parent.pid number: proc.ppid",
        "process.pid number: proc.pid",
        "process.working_directory text: proc.cwd",
        "server.ip ip: fd.sip",
        "server.port number: fd.sport",
        "source.ip ip: fd.cip",
        "source.ip ip: net.src.ip",
        "source.port number: fd.cport",
        "source.port number: net.src.port",
        "tls.client.server_name text: tls.sni",
        "url.domain text: http.host",
        "url.original text: http.url",
        "user.id text: user.uid",
        "user.name text: ka.user.name",
        "user.name text: user.name",
        "user_agent.original text: http.user_agent",
        "user_agent.original text: ka.useragent",
      ]),
    );
  });

  test("of two fields with the same ECS name, the end of a connection takes precedence over the flow", () => {
    const fillers = Map.groupBy(ecsFields, ([, ecs]) => ecs);
    expect(fillers.get("source.ip")?.map(([field]) => field)).toEqual(["fd.cip", "net.src.ip"]);
    expect(fillers.get("destination.port")?.map(([field]) => field)).toEqual(["fd.sport", "net.dst.port"]);
    expect(fillers.get("network.transport")?.map(([field]) => field)).toEqual(["fd.l4proto", "net.proto"]);
  });

  test("keys of the Common Event Format", () => {
    expect(Object.fromEntries(cefFields)).toMatchObject({
      sproc: "proc.name",
      spid: "proc.pid",
      suser: "user.name",
      src: "fd.cip",
      spt: "fd.cport",
      dst: "fd.sip",
      dpt: "fd.sport",
      proto: "fd.l4proto",
      filePath: "fs.path.name",
    });
  });

  test("labels of Loki's streams, columns of exported tables, suggested outputs, short names in queries", () => {
    expect(labelFields).toEqual(expect.arrayContaining(["k8s.ns.name", "k8s.pod.name"]));
    expect(csvFields.slice(0, 9)).toEqual([
      ...["container.id", "container.name", "k8s.ns.name", "k8s.pod.name", "proc.name", "proc.pid", "proc.cmdline"],
      ...["user.name", "fd.name"],
    ]);
    expect(suggestedFields).toEqual(
      expect.arrayContaining([
        ...["container.id", "container.name", "container.image.repository", "container.image.tag"],
        ...["k8s.pod.name", "k8s.ns.name"],
      ]),
    );
    expect(fieldAliases).toMatchObject({
      pid: "proc.pid",
      file: "fd.name",
      cmdline: "proc.cmdline",
      parent: "proc.pname",
      image: "container.image.repository",
      ip: "fd.rip",
    });
  });

  test("the panel about the origin of an alert is ordered from the cluster inwards", () => {
    expect(titledFields.map(([title, field]) => `${title}: ${field}`)).toEqual([
      ...["Cluster: cluster.name", "Node: k8s.node.name", "Namespace: k8s.ns.name", "Pod: k8s.pod.name"],
      ...[
        "Creator of the pod: k8s.pod.creator",
        "Owner: k8s.owner.name",
        "Service account: k8s.sa.name",
        "Foundry space: cf.space.name",
      ],
      ...["Foundry app: cf.app.name", "Marathon app: marathon.app.id", "Mesos task: mesos.task.name"],
      ...["Container: container.name", "Container ID: container.id", "Image: container.image.repository"],
      ...["Image tag: container.image.tag", "Privileged: container.privileged", "User: user.name"],
      ...["Actor: ka.user.name", "Actor: k8s.exec.user", "Possible actors: k8s.exec.candidates"],
      ...["Calling pod: ka.user.pod.name", "Connection: fd.name", "Flow: net.community_id"],
    ]);
  });
});

describe("rows are consistent", () => {
  test("a field restates an existing one, about the same subject", () => {
    for (const [name, { restates, about, as }] of Object.entries(roles)) {
      if (restates === undefined) continue;
      expect(roles[restates], name).toBeDefined();
      if (about !== undefined) expect([about, as], name).toEqual([roles[restates]!.about, roles[restates]!.as]);
    }
  });

  test("fields that are shown instead of other fields exist", () => {
    for (const { name, shownAs: looksAt = [] } of rows.values())
      for (const other of looksAt) expect(rows.has(other), `${name}: ${other}`).toBe(true);
  });

  test("columns, aliases and positions are unique, and no alias is the name of a field", () => {
    const all = Object.values(roles);
    const columns = all.flatMap(({ column }) => column ?? []);
    const aliases = all.flatMap(({ aliases = [] }) => aliases);
    expect(new Set(columns).size).toBe(columns.length);
    expect(new Set(aliases).size).toBe(aliases.length);
    expect(aliases.filter((alias) => rows.has(alias))).toEqual([]);
    const places = all.flatMap(({ csv }) => csv ?? []).sort((a, b) => a - b);
    expect(places).toEqual(places.map((_, i) => i + 1));
  });

  test("a field with a title has a subject", () => {
    expect(Object.values(roles).filter(({ title, about }) => title !== undefined && about === undefined)).toEqual([]);
  });
});

test("a text with any field of lazy classes is recognized", async () => {
  for (const classes of lazyClasses) {
    const named = namesLazy(classes);
    const fields = (await classes.fetch()).flatMap(({ fields }) => fields);
    expect(fields.filter(({ name }) => !named(`evt.type = open and ${name} = x`)).map(({ name }) => name)).toEqual([]);
    expect(["proc.name", "k8s.pod.name", "container.name", "fd.net"].some(named)).toBe(false);
  }
});

describe("questions", () => {
  test("a use of a field has the roles of the field, regardless of its argument", () => {
    for (const use of ["k8s.pod.label", "k8s.pod.label[app]", "k8s.pod.label.app.kubernetes.io/name"])
      expect(enrichmentOf(use), use).toBe("pod");
    expect(enrichmentOf("container.mount.source[0]")).toBe("container");
    expect(changes("evt.arg.flags")).toBe(true);
    expect(rolesOf("proc.ppid.exe")).toEqual({});
    expect(rolesOf("toString")).toEqual({});
  });

  test("a text needs the enrichment of the fields that it contains", () => {
    expect(enrichmentsIn("who=%proc.name in %k8s.ns.label[team] of %cluster.name, see k8s.io")).toEqual([
      "pod-owners",
      "machine",
    ]);
    expect(enrichmentsIn("%ka.req.container.image at %k8s.cluster.name")).toEqual(["machine"]);
  });

  test("each subject has its names, fields that restate the names, and fields of request targets", () => {
    expect(nameFields("namespace")).toEqual(["k8s.ns.name"]);
    expect(targetNameFields("namespace")).toEqual(["ka.target.namespace"]);
    expect(allNameFields("namespace").toSorted()).toEqual(["k8s.ns.name", "k8smeta.ns.name", "ka.target.namespace"]);
    expect(nameFields("app")).toEqual(["cf.app.name", "marathon.app.id"]);
    expect(fieldsOfClass("cf", distinguishingFields("app"))).toEqual(["cf.app.id", "cf.app.name"]);
    expect(idFields("container")).toEqual(["container.id"]);
    expect(targetFields.toSorted()).toEqual([
      ...["ka.target.name", "ka.target.namespace", "ka.target.pod.name", "ka.target.resource"],
    ]);
  });

  test("only times and numbers of events differ in each alert", () => {
    expect([...rows.keys()].filter(changesAlways)).toEqual([
      ...["evt.num", "evt.time", "evt.time.s", "evt.time.iso8601", "evt.rawtime", "evt.rawtime.s", "evt.rawtime.ns"],
    ]);
    expect(["proc.pid", "evt.type", "thread.tid", "k8smeta.pod.name"].every(changes)).toBe(true);
    expect(["proc.name", "proc.sid.exe", "container.name"].some(changes)).toBe(false);
  });
});
