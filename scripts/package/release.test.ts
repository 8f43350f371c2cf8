import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { writeRelease } from "./release.ts";
import { cosignKey, cosignPassword, cosignPublicKey } from "./signature/cosign-key.fixture.ts";
import { keylessSigner } from "./signature/keyless.ts";
import { readPrivateKey } from "./signature/keys.ts";
import { identityToken, startServices } from "./signature/services.fixture.ts";
import { keySigner } from "./signature/sign.ts";

const scripts = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "eyas-release-"));
const dist = join(folder, "dist");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const artifacts = ["eyas.deb", "SHA256SUMS"].map((name) => ({
  name,
  content: Buffer.from(`the content of ${name}\n`),
}));
const signedNames = ["SHA256SUMS", "SHA256SUMS.sigstore.json", "eyas.deb", "eyas.deb.sigstore.json"];
const path = (name: string): string => join(folder, name);

beforeAll(() => {
  writeFileSync(path("cosign.key"), cosignKey);
  writeFileSync(path("cosign.pub"), cosignPublicKey);
});

/** Runs a script without the variables that CI systems set. */
function run(script: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const all = ["--disable-warning=ExperimentalWarning", join(scripts, script), ...words];
  const { PATH = "" } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    encoding: "utf8",
    cwd: folder,
    env: { PATH, ...env },
  });
  return { status, stdout, stderr };
}
const verify = (...words: readonly string[]) => run("verify-package.ts", words);
const signer = () => keySigner(readPrivateKey(path("cosign.key"), cosignPassword));
const files = (): string[] => signedNames.map((name) => join("dist", name));

describe("the files of a release", () => {
  test("are written with a signature of each", async () => {
    await writeRelease(dist, artifacts, signer());
    expect(readdirSync(dist).sort()).toEqual(signedNames);
    expect(verify("--key", "cosign.pub", ...files())).toEqual({
      status: 0,
      stdout: "dist/SHA256SUMS: signature is valid\ndist/eyas.deb: signature is valid\n",
      stderr: "",
    });
  });

  test("replace signatures of an earlier build", async () => {
    await writeRelease(dist, artifacts, signer());
    writeFileSync(join(dist, "another.deb.sigstore.json"), "");
    await writeRelease(dist, artifacts);
    expect(readdirSync(dist).sort()).toEqual(["SHA256SUMS", "another.deb.sigstore.json", "eyas.deb"]);
    rmSync(join(dist, "another.deb.sigstore.json"));
  });

  test("are not written if signing fails", async () => {
    const failing = async (content: Buffer): Promise<string> => {
      if (content.includes("SHA256SUMS")) throw new Error("no signature");
      return "{}";
    };
    await expect(writeRelease(path("none"), artifacts, failing)).rejects.toThrow("no signature");
    expect(readdirSync(folder)).not.toContain("none");
  });
});

describe("package:verify", () => {
  test("names each file whose signature is invalid or missing, and verifies the others", async () => {
    await writeRelease(dist, [...artifacts, { name: "eyas.tar.gz", content: Buffer.from("x") }], signer());
    writeFileSync(join(dist, "eyas.deb"), "changed");
    rmSync(join(dist, "eyas.tar.gz.sigstore.json"));
    const result = verify("--key", "cosign.pub", "dist/eyas.deb", "dist/eyas.tar.gz", "dist/SHA256SUMS", "dist/absent");
    expect(result).toEqual({
      status: 1,
      stdout: "dist/SHA256SUMS: signature is valid\n",
      stderr:
        "dist/eyas.deb: the file differs from the signed one\n" +
        "dist/eyas.tar.gz: there is no dist/eyas.tar.gz.sigstore.json\n" +
        "dist/absent: there is no dist/absent\n",
    });
    rmSync(dist, { recursive: true });
  });

  test("rejects a signature by another key", async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await writeRelease(dist, artifacts, keySigner(other.privateKey));
    const result = verify("--key", "cosign.pub", "dist/eyas.deb");
    expect(result).toMatchObject({ status: 1, stderr: "dist/eyas.deb: the signature was not made with this key\n" });
    expect(readFileSync(join(dist, "eyas.deb"))).toEqual(artifacts[0]?.content);
  });

  test("verifies keyless signatures with a trusted root", async () => {
    const services = await startServices();
    try {
      writeFileSync(path("root.json"), services.trustedRoot);
      writeFileSync(path("config.json"), services.signingConfig);
      vi.stubEnv(
        "SIGSTORE_ID_TOKEN",
        identityToken({ iss: "https://token.example.org", sub: "https://example.org/r" }),
      );
      await writeRelease(dist, artifacts, await keylessSigner(path("config.json")));
    } finally {
      vi.unstubAllEnvs();
      services.close();
    }
    const as = (subject: string) =>
      verify(
        ...["--trusted-root", "root.json", "--certificate-identity", subject],
        ...["--certificate-oidc-issuer", "https://token.example.org", "dist/eyas.deb"],
      );
    expect(as("https://example.org/r")).toMatchObject({ status: 0, stderr: "" });
    expect(as("https://example.org/")).toMatchObject({
      status: 1,
      stderr: "dist/eyas.deb: the signer is https://example.org/r, not https://example.org/\n",
    });
  });

  test.each([
    [[], "Use either --key, or --trusted-root, --certificate-identity and --certificate-oidc-issuer."],
    [["--key", "cosign.pub", "--trusted-root", "root.json", "x"], "Use either --key, or --trusted-root, "],
    [["--key", "cosign.pub", "eyas.deb.sigstore.json"], "There is no file to verify"],
    [["--key", "cosign.key", "x"], "Cannot use the public key cosign.key: it is not a public key in PEM"],
  ])("rejects %j", (words, reason) => {
    const stderr = expect.stringContaining(`package:verify: ${reason}`);
    expect(verify(...words)).toEqual({ status: 1, stdout: "", stderr });
  });
});

describe("package", () => {
  test.each([
    [["--sign-key", "cosign.key", "--sign-keyless"], "Use either --sign-key or --sign-keyless."],
    [["--signing-config", "config.json"], "--signing-config requires --sign-keyless."],
    [["--sign-key", path("cosign.key")], /^Cannot use the private key .*: it is encrypted; .* COSIGN_PASSWORD\.$/],
    [["--sign-keyless"], /^Found no identity token: set SIGSTORE_ID_TOKEN, or .*\.$/],
  ])("rejects %j before the build", (words, reason) => {
    const { status, stdout, stderr } = run("package.ts", [...words, "--out", path("out")]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.trim().replace("package: ", "")).toMatch(reason);
  });
});
