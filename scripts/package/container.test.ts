import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startContainerd } from "../../src/context/runtime/containerd.fixture.ts";
import { startDockerd } from "../../src/context/runtime/docker.fixture.ts";
import { startPodman } from "../../src/context/runtime/podman.fixture.ts";
import { needs } from "../../test/parts/needs.ts";
import { IMAGE_HOME } from "./container.ts";
import { architectures } from "./contents.ts";
import { debianPackages } from "./debian-libraries.ts";
import { CONTAINERD_CAPABILITIES, imageFile, imageSbom, ownArchitecture } from "./image.fixture.ts";
import { type ReadEntry, readTar } from "./tar.ts";

const home = resolve(import.meta.dirname, "../..");
const AUDIT_LOG = "test/k8s-audit/audit-log.jsonl.gz";
const SAMPLE = "samples/drill.scap.gz";
const IMAGE = "docker.io/library/eyas:0.1.0";

interface Configuration {
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Cmd: readonly string[];
    readonly WorkingDir: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
}

describe("the container image", needs("image libraries"), () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-image-"));
  let archive = "";
  let sbom = "";
  let files = new Map<string, ReadEntry>();
  let configuration: Configuration;
  beforeAll(async () => {
    archive = await imageFile();
    sbom = await imageSbom();
    const blobs = new Map(readTar(readFileSync(archive)).map(({ path, content }) => [path, content]));
    const json = (path: string): unknown => JSON.parse(blobs.get(path)!.toString());
    const [{ Config, Layers }] = json("manifest.json") as [{ Config: string; Layers: [string] }];
    configuration = json(Config) as Configuration;
    files = new Map(readTar(gunzipSync(blobs.get(Layers[0])!)).map((entry) => [entry.path, entry]));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("has files of root that no other user can change, and no programs but Eyas, Node.js and the loader", () => {
    const all = [...files.values()];
    expect(new Set(all.map(({ owner, mtime }) => `${owner} ${mtime}`))).toEqual(new Set(["0:0 : 1700000000"]));
    const open = all.filter(({ type, mode, path }) => type !== "link" && path !== "tmp" && (mode & 0o7022) !== 0);
    expect(open.map(({ path }) => path)).toEqual([]);
    expect(files.get("tmp")?.mode).toBe(0o1777);
    const programs = all.filter(({ type, mode }) => type === "file" && (mode & 0o111) !== 0).map(({ path }) => path);
    expect(programs.filter((path) => !/^lib\/[^/]+\/(?:ld-linux-[^/]+|libc\.so\.6)$/.test(path))).toEqual([
      "opt/eyas/bin/eyas",
      `opt/eyas/node_modules/node-linux-${architectures[ownArchitecture]}/bin/node`,
    ]);
  });

  test("has less than 180 MB of files, and a third of that size after compression", () => {
    const sizes = [...files.values()].map(({ content }) => content.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(180e6);
  });

  test("has links to existing files only", () => {
    const links = [...files.values()].filter(({ type }) => type === "link");
    expect(links.map(({ path }) => path)).toContain("usr/bin/eyas");
    const targets = links.map(({ path, target }) => posix.resolve("/", posix.dirname(path), target).slice(1));
    expect(targets.filter((path) => !files.has(path))).toEqual([]);
  });

  test("starts Eyas as root, with labels of the program", () => {
    const { User, Entrypoint, Cmd, WorkingDir, Labels } = configuration.config;
    expect({ User, Entrypoint, Cmd, WorkingDir }).toEqual({
      ...{ User: "0:0", Entrypoint: [`${IMAGE_HOME}/bin/eyas`], Cmd: ["run"] },
      WorkingDir: IMAGE_HOME,
    });
    const own = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as Record<string, string>;
    expect(Labels).toEqual({
      "org.opencontainers.image.title": "eyas",
      "org.opencontainers.image.description": own.description,
      "org.opencontainers.image.version": own.version,
      "org.opencontainers.image.revision": "0".repeat(40),
      "org.opencontainers.image.created": "2023-11-14T22:13:20.000Z",
      "org.opencontainers.image.licenses": own.license,
    });
  });

  test("has the default rules where the chart expects them", () => {
    const values = readFileSync(join(home, "deploy/helm/eyas/values.yaml"), "utf8");
    const [, rules = ""] = /^rules:\n(?: .*\n)*? {2}defaults: (\S+)$/m.exec(values) ?? [];
    expect(files.has(`${rules.slice(1)}/syscall.yaml`)).toBe(true);
  });

  test("contains its SBOM, which lists the Debian packages, and their licenses", () => {
    expect(files.get("opt/eyas/sbom.cdx.json")?.content.toString()).toBe(sbom);
    const { components, dependencies } = JSON.parse(sbom) as {
      components: {
        name: string;
        version: string;
        purl: string;
        hashes: { content: string }[];
        externalReferences?: object[];
      }[];
      dependencies: { dependsOn: string[] }[];
    };
    const listed = components.filter(({ purl }) => purl.startsWith("pkg:deb/debian/"));
    expect(listed.map(({ name, version, hashes }) => [name, version, hashes[0]?.content])).toEqual(
      debianPackages.map(({ name, version, sha256 }) => [name, version, sha256[ownArchitecture]]),
    );
    expect(listed.map(({ purl }) => purl)).toContain(
      `pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=${ownArchitecture}&distro=debian-12`,
    );
    expect(dependencies[0]?.dependsOn).toEqual(expect.arrayContaining(listed.map(({ purl }) => purl)));
    expect(listed[0]?.externalReferences).toEqual([
      { type: "source-distribution", url: "https://snapshot.debian.org/package/glibc/2.36-9%2Bdeb12u14/" },
    ]);
    expect(components.map(({ name }) => name)).toContain("koffi");
    for (const { name, version } of debianPackages) {
      expect(files.get(`var/lib/dpkg/status.d/${name}`)?.content.toString()).toContain(`\nVersion: ${version}\n`);
      const { path, type, target } = files.get(`usr/share/doc/${name}`)!;
      const documents = type === "link" ? posix.join(posix.dirname(path), target) : path;
      expect(files.get(`${documents}/copyright`)?.content.toString()).toContain("License");
    }
  });

  /** Runs commands of the program in containers. `run` starts one with a read-only file system and no capabilities. */
  function expectToRun(run: (user: string, ...words: readonly string[]) => string): void {
    expect(run("0:0", "version")).toMatch(/^eyas 0\.1\.0\n/);
    expect(run("65532:65532", "check", "rules")).toContain("rules/syscall.yaml: ok");
    expect(run("65532:65532", "run", "--dry-run")).toBe("");
    const replay = ["replay", "--json", SAMPLE];
    const expected = execFileSync(join(home, "bin/eyas"), replay, { encoding: "utf8", cwd: home });
    const withoutHost = (text: string): string => text.replaceAll(/"hostname":"[^"]*"/g, "");
    // Not with `expect`, which would print both texts.
    expect(withoutHost(run("12345:54321", ...replay)) === withoutHost(expected)).toBe(true);
  }

  /** Returns options of a test with a container engine. */
  const on = (...engines: readonly ("dockerd" | "docker" | "containerd" | "podman")[]) => ({
    ...needs("root", "static busybox", "findmnt", "runc", "image libraries", ...engines),
    timeout: 600_000,
  });
  const CONFINED = ["--rm", "--network=none", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"];

  test("is loaded and run by Docker, also to receive audit events", on("dockerd", "docker", "containerd"), async () => {
    const dockerd = await startDockerd();
    const { docker } = dockerd;
    try {
      expect(docker("load", "-i", archive)).toContain("Loaded image: eyas:0.1.0");
      expectToRun((user, ...words) => docker("run", ...CONFINED, `--user=${user}`, "eyas:0.1.0", ...words));

      const audit = join(folder, "audit");
      mkdirSync(audit);
      writeFileSync(join(audit, "audit.log"), gunzipSync(readFileSync(join(home, AUDIT_LOG))));
      const state = "--tmpfs=/var/lib/eyas:uid=65532,gid=65532,mode=700";
      const more = [state, "-v", `${audit}:/audit:ro`, "--user=65532:65532", "--name=audit", "eyas:0.1.0"];
      const journal = "/var/lib/eyas/journal.db";
      const settings = [
        "engine.kind=nodriver",
        "sources.k8s_audit.from=/audit/audit.log",
        "sources.k8s_audit.start=beginning",
        `journal.path=${journal}`,
      ];
      docker("run", "-d", ...CONFINED, ...more, "run", ...settings.flatMap((each) => ["-o", each]));
      const listed = () => docker("exec", "audit", "eyas", "alerts", "--json", "--journal", journal);
      await expect.poll(listed).toContain('"source":"k8s_audit"');
    } finally {
      await dockerd.close();
    }
  });

  test("is loaded and run by Podman", on("podman"), async () => {
    const podman = await startPodman();
    try {
      expect(podman.podman("load", "-i", archive)).toContain(IMAGE);
      expectToRun((user, ...words) => podman.podman("run", ...CONFINED, `--user=${user}`, IMAGE, ...words));
    } finally {
      await podman.close();
    }
  });

  test("is imported and run by containerd", on("containerd"), async () => {
    const containerd = await startContainerd();
    const capabilities = CONTAINERD_CAPABILITIES.flatMap((name) => ["--cap-drop", name]);
    const confined = ["--rm", "--read-only", "--seccomp", ...capabilities];
    let times = 0;
    try {
      expect(containerd.ctr("images", "import", archive)).toContain(IMAGE);
      // `ctr` cannot choose the user.
      expectToRun((_user, ...words) => {
        const command = [...confined, IMAGE, `eyas${++times}`, `${IMAGE_HOME}/bin/eyas`, ...words];
        return containerd.ctr("run", ...command);
      });
    } finally {
      await containerd.close();
    }
  });
});
