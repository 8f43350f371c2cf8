import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";
import { type Bundle, bundleToJSON, toMessageSignatureBundle } from "@sigstore/bundle";
import { keyHint } from "./keys.ts";

/** Suffix of the name of a signature file, the same as in cosign. */
export const BUNDLE_ENDING = ".sigstore.json";

/**
 * Signs a file.
 * @returns a Sigstore bundle, version 0.3 (https://docs.sigstore.dev/about/bundle/), as JSON
 */
export type Sign = (content: Buffer) => Promise<string>;

/** Signs with a private key (ECDSA, P-256), without a transparency log. */
export function keySigner(privateKey: KeyObject): Sign {
  const hint = keyHint(createPublicKey(privateKey));
  return async (content) =>
    bundleText(
      toMessageSignatureBundle({
        digest: createHash("sha256").update(content).digest(),
        signature: sign("sha256", content, privateKey),
        keyHint: hint,
        certificateChain: false,
      }),
    );
}

/** Returns a bundle as it is written to a file. */
export function bundleText(bundle: Bundle): string {
  return `${JSON.stringify(bundleToJSON(bundle))}\n`;
}
