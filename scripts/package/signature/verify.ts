import { createHash, type KeyObject } from "node:crypto";
import { type Bundle, bundleFromJSON } from "@sigstore/bundle";
import { HashAlgorithm, TrustedRoot } from "@sigstore/protobuf-specs";
import { type TrustMaterial, toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { visible } from "../../../src/telemetry/visible.ts";

/** Maximum size of a bundle, in bytes. Bundles of releases have at most 10 kB. */
export const MAX_BUNDLE = 262_144;
/** Maximum length of a library's error message that is quoted in an error. */
const MAX_REASON = 200;

/** The signer that a keyless signature must have. */
export interface Identity {
  /** Subject alternative name of the certificate: a URL or an email address. */
  readonly subject: string;
  /** URL of the OIDC issuer. */
  readonly issuer: string;
}

/**
 * Verifies the signature of a file.
 * @param bundle the Sigstore bundle, as JSON
 * @throws Error with a clause if the signature does not belong to the file or the signer
 */
export type Verify = (content: Buffer, bundle: Buffer) => void;

/** Verifies signatures made with a key (ECDSA, P-256). Entries of a transparency log are ignored. */
export function keyVerifier(publicKey: KeyObject): Verify {
  return (content, text) => {
    const bundle = parsedBundle(content, text);
    if (bundle.verificationMaterial.content.$case !== "publicKey")
      throw new Error("the bundle has a certificate instead of a key; verify it with --trusted-root");
    if (!toSignedEntity(bundle, content).signature.verifySignature(publicKey))
      throw new Error("the signature was not made with this key");
  };
}

/**
 * Verifies keyless signatures offline: certificate, certificate transparency, time and transparency log.
 * @param trustedRoot Sigstore's trusted root, as JSON
 * @throws Error with a clause if the trusted root is invalid
 */
export function keylessVerifier(trustedRoot: Buffer, { subject, issuer }: Identity): Verify {
  const verifier = new Verifier(trustMaterial(trustedRoot));
  return (content, text) => {
    const bundle = parsedBundle(content, text);
    if (bundle.verificationMaterial.content.$case === "publicKey")
      throw new Error("the bundle is signed with a key and has no certificate; verify it with --key");
    const { identity } = reasoned("the signature is not trusted", () =>
      verifier.verify(toSignedEntity(bundle, content)),
    );
    // Compared here, since the library treats an expected subject as a regular expression.
    if (identity?.subjectAlternativeName !== subject)
      throw new Error(`the signer is ${shown(identity?.subjectAlternativeName)}, not ${shown(subject)}`);
    if (identity.extensions?.issuer !== issuer)
      throw new Error(`the issuer is ${shown(identity.extensions?.issuer)}, not ${shown(issuer)}`);
  };
}

function trustMaterial(text: Buffer): TrustMaterial {
  return reasoned("the trusted root is invalid", () => {
    const root = TrustedRoot.fromJSON(JSON.parse(text.toString()));
    if (root.certificateAuthorities.length === 0) throw new Error("it has no certificate authority");
    return toTrustMaterial(root);
  });
}

/** Parses a bundle and checks that it is for this file. Its signature is not verified here. */
function parsedBundle(content: Buffer, text: Buffer): Bundle {
  if (text.length > MAX_BUNDLE) throw new Error(`the bundle is larger than ${MAX_BUNDLE} bytes`);
  const bundle = reasoned("the file is not a Sigstore bundle", () => bundleFromJSON(JSON.parse(text.toString())));
  // The library does not compare an attestation with the file.
  if (bundle.content.$case !== "messageSignature")
    throw new Error("the bundle has an attestation instead of a signature");
  const { algorithm, digest } = bundle.content.messageSignature.messageDigest;
  if (algorithm !== HashAlgorithm.SHA2_256) throw new Error("the bundle does not use SHA-256");
  if (!createHash("sha256").update(content).digest().equals(digest))
    throw new Error("the file differs from the signed one");
  return bundle;
}

/** Runs a function of a library, whose errors can quote the bundle. */
function reasoned<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${what}: ${shown(error instanceof Error ? error.message : String(error))}`);
  }
}

function shown(text = "unknown"): string {
  return visible(text.slice(0, MAX_REASON));
}
