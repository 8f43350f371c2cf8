import { BUNDLE_V03_MEDIA_TYPE, type Bundle } from "@sigstore/bundle";
import { SigningConfig } from "@sigstore/protobuf-specs";
import {
  type BundleBuilder,
  bundleBuilderFromSigningConfig,
  CIContextProvider,
  DEFAULT_FULCIO_URL,
  DEFAULT_REKOR_URL,
} from "@sigstore/sign";
import { visible } from "../../../src/telemetry/visible.ts";
import { readBounded } from "./bounded.ts";
import { bundleText, type Sign } from "./sign.ts";

/** Maximum size of a signing configuration, in bytes. */
const MAX_BYTES = 1_048_576;
/** Maximum length of an identity token. */
const MAX_TOKEN = 65_536;
/** Maximum length of a library's error message that is quoted in an error. */
const MAX_REASON = 500;
/** Limits of each request to a service, in milliseconds and retries. */
const FETCH = { timeout: 20_000, retry: { retries: 2 } };

const service = (url: string) => ({
  url,
  majorApiVersion: 1,
  validFor: { start: new Date(0) },
  operator: "sigstore.dev",
});

/** Sigstore's public services. */
const PUBLIC_SERVICES = SigningConfig.fromJSON({
  mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
  caUrls: [service(DEFAULT_FULCIO_URL)],
  rekorTlogUrls: [service(DEFAULT_REKOR_URL)],
  rekorTlogConfig: { selector: "ANY" },
});

/**
 * Signs with keys that exist only for one signature. Fulcio certifies them for the identity of the CI job, and Rekor
 * logs the signature.
 * @param configFile signing configuration with other services (`cosign signing-config create`)
 * @throws Error with a sentence if the environment has no identity token or the configuration is invalid
 */
export async function keylessSigner(configFile?: string): Promise<Sign> {
  const signingConfig = configFile === undefined ? PUBLIC_SERVICES : readSigningConfig(configFile);
  const builderFor = (token: string): BundleBuilder =>
    bundleBuilderFromSigningConfig({
      signingConfig,
      identityProvider: { getToken: async () => token },
      bundleType: "messageSignature",
      fetchOptions: FETCH,
    });
  // Errors of the token and the configuration are found before the build, which takes minutes.
  const early = await identityToken();
  try {
    builderFor(early);
  } catch (error) {
    throw new Error(`Cannot use the signing configuration ${configFile}: ${reasonOf(error)}.`);
  }
  return async (content) => {
    // Tokens of CI systems are valid for minutes, and a build can take longer.
    const token = await identityToken();
    try {
      return bundleText(asVersion3(await builderFor(token).create({ data: content })));
    } catch (error) {
      throw new Error(`Keyless signing failed: ${reasonOf(error, token)}.`);
    }
  };
}

/** Returns the reason of an error, which can quote responses of services. */
function reasonOf(error: unknown, token?: string): string {
  const reason = error instanceof Error ? error.message : String(error);
  return visible(token === undefined ? reason : reason.replaceAll(token, "(token)")).slice(0, MAX_REASON);
}

/**
 * Converts a bundle of version 0.2, which @sigstore/sign creates, to version 0.3: one certificate instead of a list.
 */
function asVersion3(bundle: Bundle): Bundle {
  const { verificationMaterial } = bundle;
  const { content } = verificationMaterial;
  const [certificate] = content.$case === "x509CertificateChain" ? content.x509CertificateChain.certificates : [];
  if (certificate === undefined) throw new Error("the signature has no certificate");
  const { tlogEntries, timestampVerificationData: timestamps } = verificationMaterial;
  // Version 2 of Rekor states no time, without which the certificate cannot be verified once it has expired.
  if (!tlogEntries.some((entry) => entry.inclusionPromise) && !timestamps?.rfc3161Timestamps.length)
    throw new Error("the signature has no time; add a timestamp authority to the signing configuration");
  return {
    ...bundle,
    mediaType: BUNDLE_V03_MEDIA_TYPE,
    verificationMaterial: { ...verificationMaterial, content: { $case: "certificate", certificate } },
  };
}

/**
 * Returns the identity token of the CI job. Its form is checked here, since the library would show an invalid token in
 * its error.
 */
async function identityToken(): Promise<string> {
  const token: unknown = await new CIContextProvider("sigstore").getToken().catch(() => undefined);
  if (typeof token !== "string" || token === "")
    throw new Error(
      "Found no identity token: set SIGSTORE_ID_TOKEN, or run in a job of GitHub Actions with the permission 'id-token: write', or of Buildkite.",
    );
  if (!isIdentityToken(token))
    throw new Error(
      "The identity token is invalid: it must be a JSON Web Token with 'sub', or with 'email' that the issuer verified.",
    );
  return token;
}

function isIdentityToken(token: string): boolean {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token.length <= MAX_TOKEN ? token : "") ?? [];
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload ?? "", "base64url").toString());
    if (typeof claims !== "object" || claims === null) return false;
    const { sub, email, email_verified: verified } = claims as Readonly<Record<string, unknown>>;
    return email ? typeof email === "string" && verified === true : typeof sub === "string" && sub !== "";
  } catch {
    return false;
  }
}

function readSigningConfig(file: string): SigningConfig {
  const text = readBounded(file, MAX_BYTES).toString();
  let config: SigningConfig;
  try {
    config = SigningConfig.fromJSON(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file} is not a Sigstore signing configuration: ${reasonOf(error)}.`);
  }
  if (config.caUrls.length === 0)
    throw new Error(
      `${file} names no certificate authority ('caUrls'); create it with 'cosign signing-config create'.`,
    );
  if (config.rekorTlogUrls.length === 0 || config.rekorTlogConfig === undefined)
    throw new Error(`${file} names no log ('rekorTlogUrls', 'rekorTlogConfig'), which keyless signatures require.`);
  for (const { url } of [...config.caUrls, ...config.rekorTlogUrls, ...config.tsaUrls])
    if (!isSafe(url))
      throw new Error(
        `${file} has the URL ${visible(withoutCredentials(url))}: it must start with https:// and must not contain a user name or password, since tokens are sent to it.`,
      );
  return config;
}

/** Replaces everything before the last `@`, since a password can contain any character if the URL is invalid. */
function withoutCredentials(url: string): string {
  return url.includes("@") ? `…${url.slice(url.lastIndexOf("@"))}` : url;
}

function isSafe(url: string): boolean {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.username !== "" || parsed.password !== "") return false;
  const isLocal = ["127.0.0.1", "[::1]", "localhost"].includes(parsed.hostname);
  return parsed.protocol === "https:" || (parsed.protocol === "http:" && isLocal);
}
