import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, printDiagnostic } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-sources-"));

async function load(text: string, overrides: readonly string[] = []) {
  const file = join(folder, "main");
  writeFileSync(file, text);
  const { config, diagnostics } = await loadConfig(file, overrides, {});
  return {
    containers: config.containers,
    kubernetes: config.kubernetes,
    sources: config.sources,
    said: diagnostics.map((d) => printDiagnostic(d).replace(`${folder}/`, "")),
  };
}

test("a source is enabled by one key, in the file or on the command line", async () => {
  const { sources, said } = await load("sources:\n  suricata: {from: /var/log/suricata/eve.json}\n", [
    "sources.json.shop.from=[stdin, syslog+udp://:5514]",
  ]);
  expect(said).toEqual([]);
  expect(sources.k8s_audit.from).toEqual([]);
  expect(sources.suricata).toMatchObject({ from: [{ kind: "file" }], start: "end", max_event: 262_144 });
  expect(sources.json.shop).toMatchObject({
    from: [{ kind: "stdin" }, { kind: "syslog", over: "udp", host: "127.0.0.1", port: 5514 }],
    time: "",
    time_unit: "auto",
  });
});

test("errors in sources contain the line", async () => {
  const { said } = await load(
    "sources:\n  json:\n    Shop: {from: stdin}\n    app: {from: ftp://x, tme: /t}\n    bare: x\n  k8s_audit:\n    from: [http://audit.example.org:9765/x]\n",
  );
  expect(said).toEqual([
    "main:3:5: error: Invalid name in sources.json: expected lower-case letters, digits and _, beginning with a letter, and not the name of another source",
    'main:4:17: error: Invalid origin "ftp://x": "ftp:" is not a known scheme',
    "main:4:26: warning: Unknown key sources.json.app.tme; did you mean sources.json.app.time?",
    "main:5:11: error: sources.json.bare must contain keys, not a value",
    'main:7:12: error: Invalid origin "http://audit.example.org:9765/x": an address to listen on must belong to this machine, like 127.0.0.1, 0.0.0.0 or [::], not audit.example.org',
  ]);
});

const audit = "  - name: k8saudit\n    library_path: libk8saudit.so\n";

test("the configuration of Falco's k8saudit plugin enables the source", async () => {
  const { sources, said } = await load(
    `load_plugins: [k8saudit, json, container]\nplugins:\n${audit}    init_config:\n      maxEventSize: 300000\n      sslCertificate: /etc/x.pem\n      useAsync: false\n    open_params: "https://:9765/k8s-audit"\n  - name: json\n    library_path: libjson.so\n    init_config: ""\n  - name: container\n    library_path: libcontainer.so\n    init_config: {label_max_len: 100}\n`,
  );
  expect(said).toEqual([]);
  expect(sources.k8s_audit).toMatchObject({
    from: [{ kind: "http", tls: true, host: "::", port: 9765, path: "/k8s-audit" }],
    max_event: 300_000,
    max_body: 64 << 20,
    certificate: "/etc/x.pem",
  });
});

test("options of the plugin can be JSON text, and files are read from the same position as in Falco", async () => {
  const options = `    init_config: '{"maxEventSize": 1000, "maxEventSiz": 1}'\n`;
  const path = await load(`plugins:\n${audit}${options}    open_params: /var/log/audit.log\n`);
  expect(path.said).toEqual([
    "main:4:18: warning: The plugin k8saudit has no option maxEventSiz; did you mean maxEventSize?",
  ]);
  expect(path.sources.k8s_audit).toMatchObject({ from: [{ kind: "file" }], start: "beginning", max_event: 1000 });
  const url = await load(`plugins:\n${audit}    open_params: file:///var/log/audit.log\n`);
  expect(url.sources.k8s_audit).toMatchObject({ from: [{ path: "/var/log/audit.log" }], start: "end" });
  const https = await load(`plugins:\n${audit}    open_params: https://:9765/k8s-audit\n`);
  expect(https.sources.k8s_audit.certificate).toBe("/etc/falco/falco.pem");
});

test("a plugin that is not loaded or has no open_params enables no source", async () => {
  const open = "    open_params: http://:9765/k8s-audit\n";
  for (const none of ["load_plugins: []", "load_plugins:", "load_plugins: ~"])
    expect((await load(`${none}\nplugins:\n${audit}${open}`)).sources.k8s_audit.from).toEqual([]);
  const nothing = await load(`plugins:\n${audit}    init_config: x\n`);
  expect(nothing.sources.k8s_audit.from).toEqual([]);
  expect(nothing.said).toEqual([
    "main:2:5: warning: The plugin k8saudit has no open_params, such as http://:9765/k8s-audit: no audit events are received",
  ]);
});

test("unknown plugins cause a warning", async () => {
  const { said } = await load(
    "load_plugins: [cloudtrail, jsn, k8saudit]\nplugins:\n  - {name: cloudtrail, library_path: x, open_params: s3://x}\n",
  );
  expect(said).toEqual([
    "main:1:16: warning: Eyas has no plugin cloudtrail: the events and fields of the plugin are not available. To read its events as JSON, configure a source under sources.json",
    "main:1:28: warning: load_plugins names jsn, which is not in plugins; did you mean json?",
    "main:1:33: warning: load_plugins names k8saudit, but plugins has no entry for it: no audit events are received",
  ]);
});

test("the key of Eyas takes precedence over the option of the plugin", async () => {
  const { sources } = await load(
    `plugins:\n${audit}    open_params: http://:9765/k8s-audit\nsources: {k8s_audit: {from: /var/log/audit.log}}\n`,
  );
  expect(sources.k8s_audit.from).toMatchObject([{ kind: "file" }]);
});

test("the plugin k8smeta is built in: the plugin's node name is used if kubernetes.node is not set", async () => {
  const plugin =
    "plugins:\n  - {name: k8smeta, library_path: x.so, init_config: {collectorPort: 45000, nodeName: n7}}\n";
  const { kubernetes, said } = await load(`load_plugins: [k8smeta]\n${plugin}`);
  expect([kubernetes.node, said]).toEqual(["n7", []]);
  expect((await load(`${plugin}kubernetes: {node: n8}\n`)).kubernetes.node).toBe("n8");
  expect((await load(`load_plugins: []\n${plugin}`)).kubernetes.node).toBe("");
});

test("the runtimes of Falco's plugin container are used if the key containers is not set", async () => {
  const engines = {
    docker: { enabled: false },
    podman: { enabled: true, sockets: ["/run/p.sock"] },
    cri: { enabled: false, sockets: ["/run/c.sock"] },
  };
  const options = { label_max_len: 50, engines };
  const used = { label_max_len: 50, docker: [], podman: ["/run/p.sock"], cri: [] };
  const withOptions = (text: string): string =>
    `plugins:\n  - name: container\n    library_path: x.so\n    init_config: ${text}\n`;
  const text = JSON.stringify(options);
  for (const each of [text, `'${text}'`, ...["False", "no", "off"].map((no) => text.replaceAll("false", no))]) {
    const { containers, said } = await load(withOptions(each));
    expect(said).toEqual([]);
    expect(containers).toMatchObject(used);
  }
  const { containers } = await load(`${withOptions(`'${text}'`)}containers: {docker: [/run/d.sock]}\n`);
  expect(containers).toMatchObject({ ...used, docker: ["/run/d.sock"] });
  expect((await load(withOptions("'{'"))).said).toEqual([
    "main:4:18: warning: init_config of the plugin is ignored because it is neither a map nor JSON text",
  ]);
});

test("the options of k8smeta can be JSON text, and the first of two entries of a plugin is used", async () => {
  const plugin = (node: string): string =>
    `  - {name: k8smeta, library_path: x.so, init_config: '{"nodeName": "${node}"}'}\n`;
  const { kubernetes, said } = await load(`load_plugins: [k8smeta]\nplugins:\n${plugin("n1")}${plugin("n2")}`);
  expect([kubernetes.node, said]).toEqual(["n1", []]);
});
