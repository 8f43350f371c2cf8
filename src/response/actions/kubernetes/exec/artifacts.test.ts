import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { hostile, hostileFileNames } from "../../../../../test/response/hostile.ts";
import { type Google, startGoogle } from "../../../../../test/stand-in/google.ts";
import { startCluster, type TestCluster } from "../../../../../test/stand-in/kubernetes/cluster.ts";
import { type ExecServer, execServer } from "../../../../../test/stand-in/kubernetes/exec.ts";
import { accessKey, type Bucket, startBucket } from "../../../../output/receiver/s3/s3.fixture.ts";
import { makeCertificates } from "../../../../output/transport/certificates.fixture.ts";
import type { ActionResult } from "../../../action.ts";
import { keyOf } from "../artifact/artifact.ts";
import { action as download } from "./download.ts";
import { action as log } from "./log.ts";
import { action as tcpdump } from "./tcpdump.ts";

const KEY = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z_shop_web-1_/;

describe("against a stand-in that implements the documented protocol strictly and runs the commands", () => {
  let cluster: TestCluster;
  let execs: ExecServer;
  let folder: string;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => {
    cluster.reset();
    execs = execServer();
    cluster.server.exec = execs.serve;
    folder = mkdtempSync(join(tmpdir(), "eyas-artifacts-"));
  });
  afterEach(() => vi.unstubAllEnvs());

  const web = (more = {}) => cluster.about("shop", "web-1", more);
  const local = (destination = join(folder, "kept")) => ({
    output: { target: "local:file", parameters: { destination } },
  });
  /** Reads the file that a result names. */
  const kept = (result: ActionResult): string => {
    const [, path = ""] = ("answer" in result && / in (\/.*)$/.exec(result.answer)) || [];
    return path;
  };

  describe("kubernetes:download", () => {
    it("stores a file unchanged, with mode 0600", async () => {
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 256));
      writeFileSync(join(folder, "it"), bytes);
      const result = await cluster.run(download, web({ "fd.name": join(folder, "it") }), {
        file: "${FD_NAME}",
        ...local(),
      });
      expect(result).toEqual({
        outcome: "done",
        answer: expect.stringMatching(/^stored 300000 bytes from container app of pod shop\/web-1 in \//),
      });
      const path = kept(result);
      expect(path.slice(path.lastIndexOf("/") + 1)).toMatch(KEY);
      expect(path).toMatch(/_it$/);
      expect(readFileSync(path).equals(bytes)).toBe(true);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(execs.commands[0]?.command).toEqual(["cat", join(folder, "it")]);
    });

    it("stores nothing if a file is too large or missing, or its path is not absolute", async () => {
      writeFileSync(join(folder, "large"), Buffer.alloc((1 << 20) + 1));
      const large = await cluster.run(download, web(), { file: join(folder, "large"), max_size: "1", ...local() });
      expect(large).toEqual({ outcome: "failed", reason: "the file is larger than 1 MiB" });
      expect(await cluster.run(download, web(), { file: join(folder, "none"), ...local() })).toMatchObject({
        outcome: "failed",
        reason: expect.stringContaining("No such file"),
      });
      for (const file of ["etc/passwd", "-n", "$FD_NAME"])
        expect(await cluster.run(download, web({ "fd.name": "x" }), { file, ...local() })).toEqual({
          outcome: "failed",
          reason: "the path of the file is not absolute",
        });
      expect(existsSync(join(folder, "kept"))).toBe(false);
    });

    it.each(Object.entries(hostileFileNames))(
      "reads a file called %s, whose name has no side effect",
      async (_, name) => {
        const path = join(folder, name);
        writeFileSync(path, `content of ${name}`);
        const result = await cluster.run(download, web({ "fd.name": path }), { file: "$FD_NAME", ...local() });
        expect(result).toMatchObject({ outcome: "done" });
        expect(readFileSync(kept(result), "utf8")).toBe(`content of ${name}`);
        expect(readdirSync(join(folder, "kept"))).toHaveLength(1);
        expect(existsSync("/tmp/eyas-was-here")).toBe(false);
      },
    );

    it.each(Object.entries(hostile))("%s as a name becomes a harmless key", (_, name) => {
      const key = keyOf({ name, namespace: "shop", pod: "web-1", bytes: Buffer.alloc(0) });
      expect(key).toMatch(KEY);
      expect(key).toMatch(/^[A-Za-z0-9._-]{1,200}$/);
    });
  });

  describe("stores with the S3 API", () => {
    let bucket: Bucket;
    beforeEach(async () => {
      bucket = await startBucket("evidence");
    });
    afterEach(() => bucket.stop());

    it("aws:s3 uses the credential chain of the AWS SDK", async () => {
      vi.stubEnv("AWS_ACCESS_KEY_ID", accessKey.accesskeyid);
      vi.stubEnv("AWS_SECRET_ACCESS_KEY", accessKey.secretaccesskey);
      writeFileSync(join(folder, "it"), "evidence");
      const parameters = { bucket: "evidence", prefix: "/captures/", region: "eu-central-1", endpoint: bucket.url };
      const result = await cluster.run(download, web(), {
        file: join(folder, "it"),
        output: { target: "aws:s3", parameters },
      });
      expect(result).toMatchObject({ answer: expect.stringMatching(/ in s3:\/\/evidence\/captures\/2/) });
      const [key, { text }] = [...bucket.objects][0]!;
      expect(key).toMatch(/^captures\/2.*_shop_web-1_.*_it$/);
      expect(text).toBe("evidence");
    });

    it("minio:s3 reads endpoint and keys from the environment, and discloses no secret on failure", async () => {
      writeFileSync(join(folder, "it"), "evidence");
      const output = { target: "minio:s3", parameters: { bucket: "evidence" } };
      const run = () => cluster.run(download, web(), { file: join(folder, "it"), output });
      expect(await run()).toMatchObject({ outcome: "failed", reason: expect.stringContaining("MINIO_ENDPOINT") });
      vi.stubEnv("MINIO_ENDPOINT", new URL(bucket.url).host);
      vi.stubEnv("MINIO_USE_SSL", "false");
      vi.stubEnv("MINIO_ACCESS_KEY", accessKey.accesskeyid);
      vi.stubEnv("MINIO_SECRET_KEY", "wrong-and-secret");
      expect(await run()).toEqual({
        outcome: "failed",
        reason: "cannot write to the bucket evidence: SignatureDoesNotMatch (403)",
      });
      vi.stubEnv("MINIO_SECRET_KEY", accessKey.secretaccesskey);
      expect(await run()).toMatchObject({ outcome: "done" });
      expect(bucket.puts).toBe(1);
    });
  });

  describe("gcp:gcs", () => {
    let google: Google;
    beforeEach(async () => {
      google = await startGoogle();
      writeFileSync(join(folder, "key.json"), google.credentials);
      vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", join(folder, "key.json"));
      writeFileSync(join(folder, "it"), "evidence");
    });
    afterEach(() => google.stop());

    const store = (bucket: string) =>
      cluster.run(download, web(), {
        file: join(folder, "it"),
        output: { target: "gcp:gcs", parameters: { bucket, prefix: "/captures/", endpoint: google.url } },
      });

    it("stores an object with the account of GOOGLE_APPLICATION_CREDENTIALS", async () => {
      expect(await store("evidence")).toMatchObject({
        answer: expect.stringMatching(/ in gs:\/\/evidence\/captures\/2/),
      });
      const [[key, text] = ["", ""]] = google.objects;
      expect(key).toMatch(/^evidence\/captures\/2.*_shop_web-1_.*_it$/);
      expect(text).toBe("evidence");
    });

    it("reports a missing bucket, and discloses no token", async () => {
      const result = await store("other");
      expect(result).toMatchObject({
        outcome: "failed",
        reason: expect.stringMatching(
          /^cannot write to the bucket other: .* responded with status 404: .*does not exist/,
        ),
      });
      for (const token of google.tokens.keys()) expect(JSON.stringify(result)).not.toContain(token);
    });
  });

  it.each([
    [undefined],
    ["local:file"],
    [{ target: "azure:blob", parameters: { bucket: "evidence" } }],
    [{ target: "gcp:gcs", parameters: { bucket: "A/../b" } }],
    [{ target: "local:file" }],
    [{ target: "local:file", parameters: { destination: "here" } }],
    [{ target: "local:file", parameters: { destination: "/x", more: "y" } }],
    [{ target: "aws:s3", parameters: { bucket: "A/../b" } }],
    [{ target: "aws:s3", parameters: { bucket: "evidence", endpoint: "https://user:word@example.org" } }],
    [{ target: "__proto__", parameters: {} }],
  ])("rejects the output %j when rules are read", (output) => {
    expect(download.parameters.output?.check(output)).toBeUndefined();
    expect(download.parameters.output?.takes).toContain("`gcp:gcs`");
  });

  it("kubernetes:log stores logs that are too long for a result", async () => {
    const text = "line\n".repeat(5000);
    cluster.server.logs.set("shop/web-1/app", text);
    const result = await cluster.run(log, web(), { tail_lines: "5000", ...local() });
    expect(result).toMatchObject({ outcome: "done" });
    expect(readFileSync(kept(result), "utf8")).toBe(text);
  });

  describe("kubernetes:tcpdump", () => {
    beforeEach(() => {
      const programs = join(folder, "programs");
      mkdirSync(programs);
      execs.path = `${programs}:${process.env.PATH}`;
      writeFileSync(
        join(programs, "tcpdump"),
        "#!/bin/sh\nprintf '\\324\\303\\262\\241'; echo \"$*\"\nexec sleep 60\n",
        { mode: 0o755 },
      );
    });

    it("captures in an ephemeral container, added to existing ones", async () => {
      const there = { name: "debugger", image: "busybox" };
      const pod = cluster.server.get("pods", "shop", "web-1");
      cluster.server.put("pods", { ...pod, spec: { ...Object(pod?.spec), ephemeralContainers: [there] } });
      const result = await cluster.run(tcpdump, web(), { duration: "1", snaplen: "128", ...local() });
      expect(result).toMatchObject({ outcome: "done" });
      expect(readFileSync(kept(result), "latin1")).toBe("\xd4\xc3\xb2\xa1-n -U -i any -s 128 -w -\n");
      expect(kept(result)).toMatch(/_tcpdump\.pcap$/);
      expect(cluster.server.get("pods", "shop", "web-1")).toMatchObject({
        spec: {
          ephemeralContainers: [
            there,
            { name: expect.stringMatching(/^eyas-tcpdump-/), image: "issif/tcpdump:latest", command: ["sleep", "61"] },
          ],
        },
      });
    });

    it("ends early at its maximum size, and stores the captured packets", async () => {
      const program = join(folder, "programs", "tcpdump");
      writeFileSync(program, "#!/bin/sh\nhead -c 1100000 /dev/zero\nexec sleep 60\n", { mode: 0o755 });
      expect(await cluster.run(tcpdump, web(), { duration: "50", max_size: "1", ...local() })).toEqual({
        outcome: "done",
        answer: expect.stringMatching(/^stored 1048576 bytes .*; the capture ended early at max_size \(1 MiB\)$/),
      });
    });

    it("reads the pod again if it was changed meanwhile", async () => {
      let changes = 0;
      cluster.server.interrupt = (asked) => {
        const pod = cluster.server.get("pods", "shop", "web-1");
        if (asked.startsWith("PATCH") && changes++ < 2) cluster.server.put("pods", { ...pod });
        return undefined;
      };
      expect(await cluster.run(tcpdump, web(), { duration: "1", ...local() })).toMatchObject({ outcome: "done" });
      expect(changes).toBe(3);
      expect(cluster.server.get("pods", "shop", "web-1")).toHaveProperty("spec.ephemeralContainers.length", 1);
    });

    it("reports the error message of tcpdump", async () => {
      writeFileSync(
        join(folder, "programs", "tcpdump"),
        "#!/bin/sh\necho 'tcpdump: any: permission denied' >&2\nexit 1\n",
        { mode: 0o755 },
      );
      expect(await cluster.run(tcpdump, web(), local())).toEqual({
        outcome: "failed",
        reason: "tcpdump failed: tcpdump: any: permission denied",
      });
    });

    it("reports why its container does not start", async () => {
      expect(await cluster.run(tcpdump, web(), { image: "missing", ...local() })).toEqual({
        outcome: "failed",
        reason: "its container does not start: ImagePullBackOff",
      });
      execs.path = "/nowhere";
      expect(await cluster.run(tcpdump, web(), local())).toMatchObject({
        outcome: "failed",
        reason: expect.stringMatching(/^tcpdump failed: .*executable file not found/),
      });
    });
  });
});
