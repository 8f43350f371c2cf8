/** The container image watches the machine under Docker and Podman, started as docs/install.md says. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imageFile } from "../../scripts/package/image.fixture.ts";
import { IMAGE as BUSYBOX } from "../../src/context/runtime/busybox.fixture.ts";
import { startDockerd } from "../../src/context/runtime/docker.fixture.ts";
import { startPodman } from "../../src/context/runtime/podman.fixture.ts";
import { makeContainerCgroup } from "../../src/drill/cgroup.ts";
import { freePort } from "../parts/child.ts";
import { needs } from "../parts/needs.ts";
import type { PartName } from "../parts/parts.ts";
import { home, pause } from "./sensor.ts";

const IMAGE = "eyas:0.1.0";
const RULE = "Credential file read by unexpected program";
/** Each action has its own alert, with the names of containers. */
const SETTINGS = [
  "alert_folding.enabled=false",
  "append_output[0].extra_fields[0]=container.name",
  "append_output[0].extra_fields[1]=container.image.repository",
];
/** Maximum time until an action raises an alert, in milliseconds. Includes the start of the sensor. */
const PATIENCE = 120_000;

/** A container engine, and the changes to the documented command that its version in Debian 12 needs. */
interface Kind {
  readonly name: "docker" | "podman";
  /** Format of its command `version` that prints the version of the engine. */
  readonly version: string;
  readonly parts: readonly PartName[];
  readonly open: () => Promise<Engine>;
  /** Returns the directory that is `/run` on an ordinary machine. */
  readonly run: (socket: string) => string;
  /** Oldest major version that accepts the documented command. */
  readonly since: number;
  /** The sentence about older versions in docs/install.md. */
  readonly older: string;
  readonly change: (command: string) => string;
}

/** A running container engine. */
interface Engine {
  readonly socket: string;
  /** The program of the engine, and its options. */
  readonly command: readonly string[];
  close(): Promise<void>;
}

const kinds: readonly Kind[] = [
  {
    name: "docker",
    version: "{{.Server.Version}}",
    parts: ["dockerd", "docker", "containerd"],
    open: startDockerd,
    run: dirname,
    since: 24,
    older: "`--cap-add SYS_ADMIN` instead of `--cap-add BPF --cap-add PERFMON`",
    change: (command) => command.replace("--cap-add BPF --cap-add PERFMON", "--cap-add SYS_ADMIN"),
  },
  {
    name: "podman",
    version: "{{.Client.Version}}",
    parts: ["podman", "conmon"],
    open: startPodman,
    run: (socket) => dirname(dirname(socket)),
    since: 5,
    older: "`--security-opt seccomp=unconfined`",
    change: (command) => command.replace(" -e ", " --security-opt seccomp=unconfined -e "),
  },
];

const manual = readFileSync(join(home, "docs/install.md"), "utf8");
/** The documented command, in one line. */
const documented = (/^docker run -d (?:.*\\\n)+.*$/m.exec(manual)?.[0] ?? "").replaceAll(/ \\\n */g, " ");

const folder = mkdtempSync(join(tmpdir(), "eyas-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const kind of kinds) {
  const parts = needs("sensor", "root", "static busybox", "findmnt", "runc", "image libraries", ...kind.parts);
  describe(`the image under ${kind.name}`, { ...parts, timeout: 300_000 }, () => {
    const journal = join(folder, kind.name);
    let engine: Engine;
    let port = 0;

    /** Runs a command of the engine. @returns its exit code, output and errors */
    function ran(...words: readonly string[]): { readonly status: number | null; readonly text: string } {
      const [program = "", ...rest] = engine.command;
      const env = { ...process.env, PODMAN_IGNORE_CGROUPSV1_WARNING: "1" }; // Podman 5
      const { status, stdout, stderr } = spawnSync(program, [...rest, ...words], { encoding: "utf8", env });
      return { status, text: `${stdout}${stderr}` };
    }
    /** Runs a command of the engine that must succeed. @returns its output and errors */
    function ok(...words: readonly string[]): string {
      const { status, text } = ran(...words);
      if (status !== 0) throw new Error(`${kind.name} ${words.join(" ")} failed (${status}): ${text}`);
      return text;
    }

    /**
     * Returns the documented command with the journal and the sockets of the test, and without a network of its own,
     * which the engines of tests do not have.
     */
    function command(more: readonly string[] = []): string[] {
      const version = Number(/\d+/.exec(ok("version", "--format", kind.version))?.[0]);
      if (version < kind.since) expect(manual).toContain(kind.older);
      return (version < kind.since ? kind.change(documented) : documented)
        .replace(" -v /var/lib/eyas:", ` -v ${journal}:`)
        .replaceAll(" -v /run:", ` -v ${kind.run(engine.socket)}:`)
        .replace(` ${IMAGE} `, ` ${["--network=host", ...more].join(" ")} ${IMAGE} `)
        .concat(SETTINGS.map((each) => ` -o ${each}`).join(""), ` -o webserver.listen_port=${port}`)
        .split(" ")
        .slice(1);
    }

    /** Returns the alerts about commands with this word in their arguments. */
    function alertsOf(mark: string): Readonly<Record<string, unknown>>[] {
      const lines = ran("exec", "eyas", "eyas", "alerts", "--json", `rule=${RULE}`).text.split("\n");
      return lines
        .filter((line) => line.startsWith("{"))
        .map((line): Readonly<Record<string, unknown>> => JSON.parse(line).output_fields)
        .filter((fields) => String(fields["proc.cmdline"]).includes(mark));
    }
    /** Returns the log without alerts. */
    const log = (): string[] =>
      ok("logs", "eyas")
        .split("\n")
        .filter((line) => /^\d{4}-\S+Z /.test(line));

    const pidOf = (name: string): string => ok("inspect", "-f", "{{.State.Pid}}", name).trim();

    /** Repeats an action until it raises an alert with a field. @returns the fields of the alert */
    async function alertAfter(
      mark: string,
      act: () => void,
      field = "container.id",
    ): Promise<Readonly<Record<string, unknown>>> {
      for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(500)) {
        const found = alertsOf(mark).find((fields) => fields[field] !== null);
        if (found !== undefined) return found;
        act();
      }
      throw new Error(`The action raised no alert with ${field}: ${log().join("\n")}`);
    }

    beforeAll(async () => {
      mkdirSync(journal);
      engine = await kind.open();
      port = await freePort();
      ok("load", "-i", await imageFile());
      ok(...command());
    }, 600_000);
    afterAll(() => engine?.close(), 120_000);

    const mark = (name: string): string => `eyas-${kind.name}-${name}-${process.pid}`;

    test("an action outside containers raises its alert", async () => {
      const name = mark("host");
      expect(await alertAfter(name, () => readOnHost(name))).toMatchObject({
        "container.id": "host",
        "fd.real.path": "/etc/shadow",
        "user.name": "root",
      });
    });

    test("an action in another container raises its alert, with the container", async () => {
      const name = mark("shop");
      const shop = ok("run", "-d", "--network=host", "--name", name, BUSYBOX, "sleep", "600").trim();
      const act = () => void ran("exec", name, "cat", "/etc/shadow", name);
      // On a busy machine, engines respond later than events wait for them.
      expect(await alertAfter(name, act, "container.name")).toMatchObject({
        "container.id": shop.slice(0, 12),
        "container.name": name,
        "container.image.repository": "registry.local:5000/acme/busybox",
      });
    });

    test("/healthz reports that events arrive and are stored", async () => {
      const url = `http://127.0.0.1:${port}/healthz?verbose`;
      const status = (): Promise<number> =>
        fetch(url).then(
          (answer) => answer.status,
          () => 0,
        );
      await expect.poll(status, { timeout: PATIENCE }).toBe(200);
      const answer = await fetch(url);
      const { components } = (await answer.json()) as { components: Record<string, { status: string }> };
      expect(answer.status, JSON.stringify(components)).toBe(200);
      // The health of other components depends on the load of the machine.
      expect(["sensor", "canary", "journal"].map((each) => components[each]?.status)).toEqual(["ok", "ok", "ok"]);
      expect(components).not.toHaveProperty("sources");
      expect(log().join("\n")).toContain("File integrity monitoring is inactive: HOST_ROOT is /host");
      const [, health = ""] = /^docker exec eyas (eyas health .*)$/m.exec(manual) ?? [];
      expect(ok("exec", "eyas", ...health.split(" "), "-o", `webserver.listen_port=${port}`)).toContain("canary");
    });

    test("there is no shell, and only the directory of the journal is writable on disk", () => {
      for (const shell of ["sh", "/bin/sh", "bash"]) {
        const { status, text } = ran("exec", "eyas", shell, "-c", "true");
        expect([status === 0, text]).toEqual([false, expect.stringMatching(/not found|no such file/)]);
      }
      // Podman mounts file systems in memory on /run, /tmp and /var/tmp.
      const inMemory = /^(?:tmpfs|proc|sysfs|mqueue|devpts|cgroup2?|devtmpfs)$/;
      const writable = readFileSync(`/proc/${pidOf("eyas")}/mountinfo`, "utf8")
        .split("\n")
        .map((line) => line.split(" "))
        .filter((words) => words[5]?.startsWith("rw") && !inMemory.test(words[words.indexOf("-") + 1] ?? ""))
        .map((words) => words[4]);
      const ofEngine = ["/etc/resolv.conf", "/etc/hostname", "/etc/hosts", "/run/.containerenv"];
      expect(writable.filter((path) => !ofEngine.includes(path ?? ""))).toEqual(["/var/lib/eyas"]);
    });

    test("it stops gracefully, and its journal survives a restart, a new container and SIGKILL", async () => {
      const known = mark("host");
      const before = alertsOf(known).length;
      const restarts: readonly (() => void)[] = [
        () => {
          ok("stop", "eyas");
          expect(ok("inspect", "-f", "{{.State.ExitCode}}", "eyas").trim()).toBe("0");
          expect(log().at(-1)).toMatch(/ events in .*, \d+ alerts?, /);
          ok("start", "eyas");
        },
        () => {
          ok("stop", "eyas");
          ok("rm", "eyas");
          ok(...command());
        },
        () => {
          ok("kill", "eyas");
          ok("start", "eyas");
        },
      ];
      for (const [i, restart] of restarts.entries()) {
        restart();
        const name = mark(`again${i}`);
        await alertAfter(name, () => readOnHost(name));
        expect(alertsOf(known)).toHaveLength(before);
      }
      ok("stop", "eyas");
      ok("rm", "eyas");
    });

    if (kind.name === "podman")
      test("it works with limits that cannot be raised, and states a limit that is too low", async () => {
        const [, limits = ""] = /add `(--ulimit [^`]+)`/.exec(manual) ?? [];
        // Not the runc of the fixture, which lowers limits.
        const unchanged = ["--runtime", "runc"];
        ok(...unchanged, ...command(limits.split(" ")));
        expect(readFileSync(`/proc/${pidOf("eyas")}/limits`, "utf8")).toMatch(/^Max open files +1024 +1024 /m);
        const name = mark("limits");
        await alertAfter(name, () => readOnHost(name));
        ok("stop", "eyas");
        ok("rm", "eyas");
        ok(...unchanged, ...command(["--ulimit", "nofile=32:32", "--ulimit", "nproc=1024:1024"]));
        expect(Number(ok("wait", "eyas"))).toBe(1);
        expect(ok("logs", "eyas")).toContain("too many open files");
      });
  });
}

/** Reads the password file in a process outside containers. */
function readOnHost(mark: string): void {
  const cgroup = makeContainerCgroup("host");
  const script = 'for each in "$@"; do echo $$ >"$each/cgroup.procs"; done; exec cat /etc/shadow "$MARK"';
  spawnSync("sh", ["-c", script, "sh", ...cgroup.folders], { env: { ...process.env, MARK: mark } });
  cgroup.remove();
}
