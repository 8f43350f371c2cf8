// The BOSH release in deploy/bosh is consistent, its configuration is valid, and its scripts do what monit expects.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { home } from "../src/agent/home.ts";
import { readyRules } from "../src/agent/load/ready-rules.ts";
import { loadConfig } from "../src/config/load.ts";
import { needs } from "./parts/needs.ts";

const release = join(home, "deploy/bosh");
const text = (path: string): string => readFileSync(join(release, path), "utf8");

interface JobSpec {
  readonly name: string;
  readonly templates: Readonly<Record<string, string>>;
  readonly packages: readonly string[];
  readonly properties: Readonly<Record<string, { readonly default: unknown; readonly example: unknown }>>;
}

/** Value of every variable, which the director sets. */
const VARIABLE = "https://slack.example.org/secret";
const spec = parse(text("jobs/eyas/spec")) as JobSpec;
const folder = mkdtempSync(join(tmpdir(), "eyas-bosh-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Creates the directory /var/vcap of a machine with the job. Properties of the job have the values that `valueIn`
 * returns.
 */
function machine(name: string, valueIn: (property: JobSpec["properties"][string]) => unknown): string {
  const root = join(folder, name);
  for (const [template, target] of Object.entries(spec.templates)) {
    const path = join(root, "jobs/eyas", target);
    mkdirSync(dirname(path), { recursive: true });
    // Templates may contain only this kind of Ruby expression, since the test does not run Ruby.
    const rendered = text(`jobs/eyas/templates/${template}`)
      .replace(/<%= p\('([^']*)'\)\.to_json %>/g, (_, property: string) => {
        const known = spec.properties[property];
        if (known === undefined) throw new Error(`${template}: the spec has no property ${property}`);
        return JSON.stringify(valueIn(known));
      })
      .replace(/\(\(eyas_[a-z_]+\)\)/g, VARIABLE)
      .replaceAll("/var/vcap/packages/eyas/rules", join(home, "rules"))
      .replaceAll("/var/vcap/", `${root}/`);
    writeFileSync(path, rendered);
    chmodSync(path, target.startsWith("bin/") ? 0o755 : 0o640);
  }
  return root;
}

test("every template exists and is used, and every expression is evaluated", () => {
  const used = new Set<string>();
  for (const template of Object.keys(spec.templates)) {
    const source = text(`jobs/eyas/templates/${template}`);
    for (const [, property = ""] of source.matchAll(/\bp\('([^']*)'\)/g)) used.add(property);
    expect(source.replace(/<%= p\('[^']*'\)\.to_json %>/g, "")).not.toContain("<%");
  }
  expect([...used].sort()).toEqual(Object.keys(spec.properties).sort());
  expect(spec.packages).toEqual([(parse(text("packages/eyas/spec")) as { readonly name: string }).name]);
  expect((parse(text("config/final.yml")) as { readonly name: string }).name).toBe("eyas");
});

test.each(["default", "example"] as const)(
  "configuration and rules are valid with the %s of each property",
  async (key) => {
    const root = machine(key, (property) => property[key]);
    const { config, diagnostics, files } = await loadConfig(join(root, "jobs/eyas/config/eyas.yaml"), []);
    expect(diagnostics).toEqual([]);
    expect(files).toHaveLength(2);
    expect(config.outputs.slack.webhookurl).toBe(key === "default" ? "" : VARIABLE);
    const [defaults, ...own] = config.rules_files ?? [];
    expect(defaults).toBe(join(home, "rules"));
    const { ruleset } = await readyRules(own, config, "all", "vm");
    expect(ruleset.rules.map(({ name }) => name)).toEqual(key === "default" ? [] : ["Shell started by web server"]);
  },
);

test("monit starts the script of the job, and requests the health endpoint at the configured port", async () => {
  const monit = text("jobs/eyas/monit");
  const { config } = await loadConfig(
    join(
      machine("monit", (property) => property.default),
      "jobs/eyas/config/eyas.yaml",
    ),
  );
  expect(monit).toContain(`port ${config.webserver.listen_port} protocol http`);
  expect(monit).toContain(`request '${config.webserver.k8s_healthz_endpoint}?exclude=journal'`);
  expect(config.webserver.enabled).toBe(true);
  expect(spec.templates["ctl.sh"]).toBe("bin/ctl");
  expect(monit.match(/"[^"]*"/g)).toEqual([
    '"/var/vcap/jobs/eyas/bin/ctl start"',
    '"/var/vcap/jobs/eyas/bin/ctl stop"',
  ]);
  const [, pidfile = ""] = /with pidfile \/var\/vcap\/sys\/run\/eyas\/(\S+)/.exec(monit) ?? [];
  expect(text("jobs/eyas/templates/ctl.sh")).toContain(`pidfile=$run/${pidfile}`);
});

test("the job has the capabilities of the DaemonSet", () => {
  const daemonSet = readFileSync(join(home, "deploy/kubernetes/daemonset.yaml"), "utf8");
  const [, added = ""] = /^ +add:\n((?: +(?:#.*|- [A-Z_]+)\n)+)/m.exec(daemonSet) ?? [];
  const names = [...added.matchAll(/- ([A-Z_]+)/g)].map(([, name = ""]) => name.toLowerCase());
  const [, set] = /--bounding-set (\S+)/.exec(text("jobs/eyas/templates/ctl.sh")) ?? [];
  expect(set).toBe(["-all", ...names.map((name) => `+${name}`)].join(","));
});

test("the runtime configuration names the release and sets only existing properties", () => {
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { readonly version: string };
  const { releases, addons } = parse(text("runtime-config.yml")) as {
    readonly releases: readonly object[];
    readonly addons: readonly { readonly jobs: readonly { readonly name: string; readonly properties: object }[] }[];
  };
  expect(releases).toEqual([{ name: "eyas", version }]);
  const [job] = addons[0]!.jobs;
  expect(job).toMatchObject({ name: spec.name, release: "eyas" });
  const known = Object.keys(spec.properties).map((name) => name.replace("eyas.", ""));
  const { eyas } = job!.properties as { readonly eyas: object };
  expect(Object.keys(eyas).filter((name) => !known.includes(name))).toEqual([]);
});

test("the package is the program of the bundle", () => {
  const source = join(folder, "source");
  mkdirSync(join(source, "eyas/eyas_1.0.0/bin"), { recursive: true });
  writeFileSync(join(source, "eyas/eyas_1.0.0/bin/eyas"), "program");
  execFileSync("tar", ["-czf", "eyas_1.0.0_amd64.tar.gz", "eyas_1.0.0"], { cwd: join(source, "eyas") });
  const target = join(folder, "target");
  mkdirSync(target);
  const { status, stderr } = spawnSync("bash", [join(release, "packages/eyas/packaging")], {
    cwd: source,
    env: { PATH: process.env.PATH, BOSH_INSTALL_TARGET: target },
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  expect(readFileSync(join(target, "bin/eyas"), "utf8")).toBe("program");
  const { files } = parse(text("packages/eyas/spec")) as { readonly files: readonly string[] };
  expect(files).toEqual(["eyas/eyas_*_amd64.tar.gz"]);
});

describe("the control script", needs("root", "setpriv"), () => {
  const root = machine("control", (property) => property.default);
  const pidfile = join(root, "sys/run/eyas/eyas.pid");
  const program = join(root, "packages/eyas/bin/eyas");
  mkdirSync(dirname(program), { recursive: true });
  const control = (word: string) => spawnSync(join(root, "jobs/eyas/bin/ctl"), [word], { encoding: "utf8" });
  const pid = (): number => Number(readFileSync(pidfile, "utf8"));
  const isRunning = (id: number): boolean =>
    existsSync(`/proc/${id}/stat`) && !/\) Z/.test(readFileSync(`/proc/${id}/stat`, "utf8"));

  test("starts the program once, without other capabilities, and stops it", async () => {
    writeFileSync(program, '#!/bin/sh\necho "$@"\ngrep CapBnd /proc/self/status\nexec sleep 300\n', { mode: 0o755 });
    expect(control("start").status).toBe(0);
    const first = pid();
    await expect
      .poll(() => readFileSync(join(root, "sys/log/eyas/eyas.stdout.log"), "utf8").trim().split("\n"))
      .toEqual([
        `run -c ${root}/jobs/eyas/config/eyas.yaml`,
        // BPF 39, PERFMON 38, SYS_NICE 23, SYS_PTRACE 19, DAC_READ_SEARCH 2
        `CapBnd:\t${((1n << 39n) | (1n << 38n) | (1n << 23n) | (1n << 19n) | (1n << 2n)).toString(16).padStart(16, "0")}`,
      ]);
    expect(control("start").status).toBe(0);
    expect(pid()).toBe(first);
    expect(isRunning(first)).toBe(true);
    expect(control("stop").status).toBe(0);
    expect(existsSync(pidfile)).toBe(false);
    expect(isRunning(first)).toBe(false);
    expect(control("stop").status).toBe(0);
  });

  test("starts it despite a pid file of a crashed process", () => {
    writeFileSync(pidfile, "999999999");
    expect(control("start").status).toBe(0);
    expect(pid()).not.toBe(999_999_999);
    expect(isRunning(pid())).toBe(true);
    expect(control("stop").status).toBe(0);
  });

  test("rejects other arguments", () => {
    expect(control("restart")).toMatchObject({ status: 1, stderr: expect.stringContaining("start|stop") });
  });
});
