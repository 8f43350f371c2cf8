import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { cosignPath } from "../../../test/parts/cosign.ts";
import { needs } from "../../../test/parts/needs.ts";
import { writeRelease } from "../release.ts";
import { keylessSigner } from "./keyless.ts";
import { readPrivateKey, readPublicKey } from "./keys.ts";
import { identityToken, startServices } from "./services.fixture.ts";
import { keySigner } from "./sign.ts";
import { keyVerifier } from "./verify.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-cosign-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

const PASSWORD = "test password";
const path = (name: string): string => join(folder, name);
const content = Buffer.from("the content of a package\n");
const artifact = { name: "eyas.deb", content };

/** Runs cosign, which must not use any service: a proxy that does not exist prevents requests. */
function cosign(...words: readonly string[]): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(cosignPath, words, {
    cwd: folder,
    encoding: "utf8",
    env: { HOME: folder, COSIGN_PASSWORD: PASSWORD, HTTPS_PROXY: "http://127.0.0.1:1" },
  });
  return { status, stderr };
}
const verifyBlob = (...words: readonly string[]) =>
  cosign("verify-blob", "--bundle", "eyas.deb.sigstore.json", ...words, "eyas.deb");

/** One test, which is skipped if cosign is not built. */
test("cosign and this program accept each other's signatures, and reject others", needs("cosign"), async () => {
  expect(cosign("generate-key-pair")).toMatchObject({ status: 0 });
  writeFileSync(path("eyas.deb"), content);
  await acceptsWhatItsKeySigned();
  createsBundlesThatAreAccepted();
  await acceptsKeylessSignatures();
});

async function acceptsWhatItsKeySigned(): Promise<void> {
  const key = readPrivateKey(path("cosign.key"), PASSWORD);
  await writeRelease(folder, [artifact], keySigner(key));
  const invalid = expect.stringContaining("invalid signature");
  const withKey = ["--key", "cosign.pub", "--insecure-ignore-tlog=true"];
  expect(verifyBlob(...withKey)).toMatchObject({ status: 0, stderr: expect.stringContaining("Verified OK") });

  writeFileSync(path("eyas.deb"), Buffer.concat([content, Buffer.of(0)]));
  expect(verifyBlob(...withKey)).toMatchObject({ status: 1, stderr: invalid });
  writeFileSync(path("eyas.deb"), content);
  expect(cosign("generate-key-pair", "--output-key-prefix", "other")).toMatchObject({ status: 0 });
  expect(verifyBlob("--key", "other.pub", "--insecure-ignore-tlog=true")).toMatchObject({
    status: 1,
    stderr: invalid,
  });
}

function createsBundlesThatAreAccepted(): void {
  const services = { caUrls: [], oidcUrls: [], rekorTlogUrls: [], tsaUrls: [] };
  const mediaType = "application/vnd.dev.sigstore.signingconfig.v0.2+json";
  writeFileSync(path("no-services.json"), JSON.stringify({ mediaType, ...services }));
  const words = ["--yes", "--key", "cosign.key", "--signing-config", "no-services.json", "--bundle", "theirs.json"];
  expect(cosign("sign-blob", ...words, "eyas.deb")).toMatchObject({ status: 0 });
  const verify = keyVerifier(readPublicKey(path("cosign.pub")));
  verify(content, readFileSync(path("theirs.json")));
  expect(() => verify(Buffer.from("x"), readFileSync(path("theirs.json")))).toThrow("differs from the signed one");
}

/** Keyless signatures are accepted for their signer, offline. */
async function acceptsKeylessSignatures(): Promise<void> {
  const [issuer, subject] = ["https://token.example.org", "https://example.org/eyas/release.yml"];
  vi.stubEnv("SIGSTORE_ID_TOKEN", identityToken({ iss: issuer, sub: subject }));
  const services = await startServices();
  try {
    writeFileSync(path("root.json"), services.trustedRoot);
    for (const config of [services.signingConfig, services.timestampedConfig]) {
      writeFileSync(path("config.json"), config);
      await writeRelease(folder, [artifact], await keylessSigner(path("config.json")));
      const as = (identity: string, from: string) =>
        verifyBlob(
          ...["--trusted-root", "root.json", "--certificate-identity", identity],
          ...["--certificate-oidc-issuer", from],
        );
      expect(as(subject, issuer)).toMatchObject({ status: 0, stderr: expect.stringContaining("Verified OK") });
      expect(as(`${subject}x`, issuer)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining("expected SAN value"),
      });
      const stderr = expect.stringContaining("expected issuer value");
      expect(as(subject, "https://other.example.org")).toMatchObject({ status: 1, stderr });
    }
  } finally {
    services.close();
  }
}
