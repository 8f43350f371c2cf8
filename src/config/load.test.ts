import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, printDiagnostic } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-config-"));

/** Writes files to a new directory and loads the file named `main`. */
let folders = 0;
async function load(files: Readonly<Record<string, string>>, overrides: readonly string[] = [], environment = {}) {
  const at = join(folder, String(folders++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(at, name, ".."), { recursive: true });
    writeFileSync(join(at, name), text.replaceAll("@", at));
  }
  const { config, diagnostics, files: read } = await loadConfig(join(at, "main"), overrides, environment);
  return {
    config,
    said: diagnostics.map((d) => printDiagnostic(d).replace(`${at}/`, "")),
    read: read.map((file) => file.replace(`${at}/`, "")),
  };
}

test("without a file, the defaults apply and every matching rule raises an alert", async () => {
  const { config, diagnostics } = await loadConfig(undefined);
  expect(diagnostics).toEqual([]);
  expect(config).toMatchObject({
    rule_matching: "all",
    json_output: false,
    priority: "debug",
    stdout_output: { enabled: true },
    rules_files: undefined,
  });
});

test("options of the command line apply after the file, in order", async () => {
  const { config } = await load({ main: "json_output: false\nrules:\n  - disable: {rule: '*'}\n" }, [
    "json_output=true",
    "rules[].enable.tag=network",
    "rules[].shadow.rule=New*",
    "static_fields={team: red, zone: b}",
    "engine.modern_ebpf.buf_size_preset=5",
  ]);
  expect(config.json_output).toBe(true);
  expect(config.rules).toEqual([
    { action: "disable", rule: "*", tag: undefined },
    { action: "enable", rule: undefined, tag: "network" },
    { action: "shadow", rule: "New*", tag: undefined },
  ]);
  expect({ ...config.static_fields }).toEqual({ team: "red", zone: "b" });
  expect(config.engine.modern_ebpf.buf_size_preset).toBe(5);
});

test("an unknown key is a warning with its line and a suggestion", async () => {
  const { said } = await load({
    main: "json_output: true\njson_ouput: true\nfile_output:\n  enabled: false\n  file_name: x\n",
  });
  expect(said).toEqual([
    "main:2:1: warning: Unknown key json_ouput; did you mean json_output?",
    "main:5:3: warning: Unknown key file_output.file_name; did you mean file_output.filename?",
  ]);
});

test("a value of the wrong type is an error that names the accepted values", async () => {
  const { said, config } = await load({
    main: "json_output: maybe\npriority: loud\nengine:\n  kind: magic\n  modern_ebpf: {buf_size_preset: 11}\nrules:\n  - disable: all\nfile_output: yes\n",
  });
  expect(said).toEqual([
    'main:1:14: error: json_output takes true or false, not "maybe"',
    'main:2:11: error: priority takes one of emergency, alert, critical, error, warning, notice, informational, debug, not "loud"',
    'main:4:9: error: engine.kind takes one of modern_ebpf, kmod, replay, nodriver, not "magic"',
    'main:5:34: error: engine.modern_ebpf.buf_size_preset takes an integer from 1 to 10, not "11"',
    "main:7:3: error: rules takes entries like {disable: {tag: network}}",
    "main:8:14: error: file_output must contain keys, not a value",
  ]);
  expect(config.priority).toBe("debug");
});

test("a key without effect causes a note if its value differs from the default", async () => {
  const { said } = await load({
    main: "http_output:\n  enabled: false\n  url: http://x\nplugins_hostinfo:\n  false\nlibs_logger: {enabled: false, severty: debug}\nload_plugins: []\n",
  });
  expect(said).toEqual([
    "main:5:3: note: plugins_hostinfo has no effect: plugins are built in and read the host's data without this key",
    "main:6:14: note: libs_logger has no effect: the sensor writes to the same log; use log_level",
    "main:6:31: warning: Unknown key libs_logger.severty; did you mean libs_logger.severity?",
  ]);
});

test("like in Falco, lines in brackets and quotes can have any indentation", async () => {
  const { config, said } = await load({
    main: 'rules_files: [\na.yaml,\nb.yaml\n]\nstatic_fields:\n  team: "red\n  and\nblue"\njson_ouput: true\n',
  });
  expect(config.rules_files).toEqual(["a.yaml", "b.yaml"]);
  expect({ ...config.static_fields }).toEqual({ team: "red and blue" });
  expect(said).toEqual(["main:9:1: warning: Unknown key json_ouput; did you mean json_output?"]);
});

test("durations have the format of Prometheus", async () => {
  const metrics = async (text: string): Promise<unknown> => {
    const { said, config } = await load({ main: `metrics: {interval: ${text}}\n` });
    return said[0] ?? config.metrics.interval;
  };
  expect(await metrics("1h")).toBe(3_600_000);
  expect(await metrics("1d 2h30m 5s")).toBe(95_405_000);
  expect(await metrics("250ms")).toBe(250);
  for (const wrong of ["10ms", "5000", "30m1h"])
    expect(await metrics(wrong)).toBe(
      `main:1:21: error: metrics.interval takes a duration of at least 100 ms, such as 15m, 1h30m or 500ms, not "${wrong}"`,
    );
});

test("address and path of the web server are validated", async () => {
  const { said } = await load({
    main: "webserver:\n  listen_address: localhost\n  k8s_healthz_endpoint: /metrics\n",
  });
  expect(said).toEqual([
    'main:2:3: error: webserver.listen_address must be an IP address, such as 127.0.0.1, 0.0.0.0 or ::, not "localhost"',
    'main:3:3: error: webserver.k8s_healthz_endpoint must be a separate path, such as /healthz, not "/metrics"',
  ]);
});

test("environment variables are expanded in every value", async () => {
  const { config } = await load(
    { main: "static_fields:\n  node: n-${NODE}-$${NODE}\n  none: a${NOT_SET}b\npriority: ${LEAST}\n" },
    [],
    { NODE: "7", LEAST: "error" },
  );
  expect({ ...config.static_fields }).toEqual({ node: "n-7-${NODE}", none: "ab" });
  expect(config.priority).toBe("error");
});

test("like in Falco, variables in the values of variables are expanded, up to a limit", async () => {
  const values = {
    ENV_VAR: "envVarValue",
    ENV_VAR_EMBEDDED: "${ENV_VAR}",
    SELF: "a${SELF}",
    PING: "${PONG}${PONG}",
    PONG: "${PING}",
    OPEN: "${ENV",
    DOLLAR: "$",
  };
  const expanded = async (text: string) => {
    const { config, said } = await load({ main: `static_fields: {text: '${text}'}\n` }, [], values);
    return said[0] ?? config.static_fields.text;
  };
  expect(await expanded("${ENV_VAR_EMBEDDED}/foo")).toBe("envVarValue/foo");
  expect(await expanded("$${${ENV_VAR}}")).toBe("${envVarValue}");
  expect(await expanded("$${ENV_VAR}$${ENV_VAR}${ENV_VAR}")).toBe("${ENV_VAR}${ENV_VAR}envVarValue");
  expect(await expanded("$$ENV_VAR $ENV_VAR $${ENV_VAR ${ENV_VAR")).toBe("$$ENV_VAR $ENV_VAR $${ENV_VAR ${ENV_VAR");
  expect(await expanded("${OPEN}_VAR} ${DOLLAR}${ENV_VAR}")).toBe("envVarValue ${ENV_VAR}");
  for (const name of ["SELF", "PING"])
    expect(await expanded(`\${${name}}`)).toMatch(
      /^main:1:23: error: With its environment variables expanded, the value exceeds 1000 variables or 1 MiB; check/,
    );
});

test("included files append by default, override or only add", async () => {
  const files = {
    main: "config_files:\n  - @/d\n  - {path: @/over, strategy: override}\n  - {path: @/add, strategy: add-only}\n  - @/absent\nrules_files: [a]\npriority: error\n",
    "d/2.yaml": "rules_files: [c]\n",
    "d/1.yaml": "rules_files: [b]\npriority: warning\n",
    over: "rules: []\nrules_files: [x]\n",
    add: "rules_files: [y]\njson_output: true\n",
  };
  const { config, read } = await load(files);
  expect(config).toMatchObject({ rules_files: ["x"], priority: "warning", json_output: true });
  expect(read).toEqual(["main", "d/1.yaml", "d/2.yaml", "over", "add"]);
  expect((await load({ ...files, over: "" })).config.rules_files).toEqual(["a", "b", "c"]);
});

test("symbolic links without a target in a directory of config_files are ignored", async () => {
  const more = mkdtempSync(join(folder, "links-"));
  writeFileSync(join(more, "1.yaml"), "json_output: true\n");
  symlinkSync("user@host.1234:1", join(more, ".#1.yaml"));
  symlinkSync("loop", join(more, "loop"));
  const { config, said } = await load({ main: `config_files: [${more}]\n` });
  expect([config.json_output, said]).toEqual([true, []]);
});

test("an included file cannot include others", async () => {
  const { said } = await load({ main: "config_files: [@/b]\n", b: "config_files: [c]\n" });
  expect(said).toEqual(["b:1:1: error: An included file cannot include others with config_files"]);
});

test("invalid YAML, a missing file and a file without keys are each reported in one sentence", async () => {
  expect((await load({ main: "a: [1\n" })).said[0]).toMatch(/^main:2:1: error: /);
  expect((await load({ main: "- a\n" })).said[0]).toBe(
    "main:1:1: error: A configuration must be a mapping, such as `json_output: true`",
  );
  const { diagnostics } = await loadConfig("/nowhere/eyas.yaml");
  expect(diagnostics.map(printDiagnostic)).toEqual([
    "/nowhere/eyas.yaml: error: Cannot read the configuration: the file does not exist",
  ]);
});

test("append_output is read with its conditions and additions", async () => {
  const { config } = await load({
    main: 'append_output:\n  - match: {source: syscall, tags: [a, b]}\n    extra_output: on %static.x\n    extra_fields: [proc.pid, {where: "%fd.name"}]\n  - suggested_output: true\n',
  });
  expect(config.append_output).toEqual([
    {
      rule: undefined,
      source: "syscall",
      tags: ["a", "b"],
      extraOutput: "on %static.x",
      suggestedOutput: false,
      extraFields: [
        { name: "proc.pid", format: undefined },
        { name: "where", format: "%fd.name" },
      ],
    },
    { rule: undefined, source: undefined, tags: [], extraOutput: "", suggestedOutput: true, extraFields: [] },
  ]);
});

test("a key without a required other key is an error", async () => {
  const { said } = await load({ main: "file_output:\n  enabled: true\nengine:\n  kind: replay\n" });
  expect(said).toEqual([
    "main:2:3: error: file_output.enabled requires file_output.filename",
    "main:4:3: error: engine.kind: replay requires engine.replay.capture_file",
  ]);
});

test("a configuration of Falco, without keys of Eyas, keeps far more repeated alerts", async () => {
  const generous = { enabled: true, burst: 10_000, rate: 1000 };
  const usual = { enabled: true, burst: 10, rate: 0.1 };
  const falco = { main: "json_output: true\nrules_files: []\nengine: {kind: nodriver}\n" };
  expect((await load(falco)).config.alert_folding).toEqual(generous);
  expect((await load(falco, ["journal.path=/tmp/x"])).config.alert_folding).toEqual(generous);
  expect((await load(falco, ["alert_folding.rate=3"])).config.alert_folding).toEqual({ ...generous, rate: 3 });
  for (const own of ["journal: {max_size: 1GB}", "alert_folding: {enabled: true}", "sources: {}"])
    expect((await load({ main: `json_output: true\n${own}\n` })).config.alert_folding).toEqual(usual);
  const included = { main: "config_files: [@/more.yaml]\n", "more.yaml": "web_page: {enabled: false}\n" };
  expect((await load(included)).config.alert_folding).toEqual(usual);
  expect((await loadConfig(undefined)).config.alert_folding).toEqual(usual);
});

test.each([
  ["eyas.example.org", "must begin with http:// or https:// and a host name"],
  ["javascript:alert(1)", "must begin with http:// or https:// and a host name"],
  ['https://a"onclick=b.example', "must begin with http:// or https:// and a host name"],
  ["https://", "must begin with http:// or https:// and a host name"],
  ["https://me:secret@eyas.example.org", "must not contain a user or password; remove them"],
  ["https://eyas.example.org/?", "must not contain a query (?) or fragment (#); remove it"],
  ["https://eyas.example.org/#a", "must not contain a query (?) or fragment (#); remove it"],
  ["https://eyas.example.org/eyas", "must not contain a path, because the web UI uses the root path; remove it"],
])("web_page.public_url: %s is an error", async (url, reason) => {
  const { config, diagnostics } = await loadConfig(undefined, [`web_page.public_url=${url}`], {});
  expect(config.web_page.public_url).toBe("");
  expect(diagnostics.map(({ severity, message }) => [severity, message])).toEqual([
    ["error", `web_page.public_url ${reason}, as in https://eyas.example.org`],
  ]);
});

test.each([
  ["", ""],
  ["http://127.0.0.1:8766/", "http://127.0.0.1:8766"],
  ["https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"],
  ["https://eyas.example.org:443", "https://eyas.example.org"],
  ["https://äyas.example", "https://xn--yas-pla.example"],
])("web_page.public_url: %s is read as %s", async (url, read) => {
  const { config, diagnostics } = await loadConfig(undefined, [`web_page.public_url=${url}`], {});
  expect([config.web_page.public_url, diagnostics]).toEqual([read, []]);
});

test("rule_files is read as rules_files, with a warning", async () => {
  const { config, diagnostics } = await loadConfig(undefined, ["rule_files=[a.yaml]"], {});
  expect(config.rules_files).toEqual(["a.yaml"]);
  expect(diagnostics).toMatchObject([
    { severity: "warning", message: "rule_files is read as rules_files; Falco ignores it" },
  ]);
  const both = await loadConfig(undefined, ["rule_files=[a.yaml]", "rules_files=[b.yaml]"], {});
  expect(both.diagnostics).toMatchObject([{ severity: "error" }]);
});
