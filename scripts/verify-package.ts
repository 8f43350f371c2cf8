/**
 * Verifies the signatures of files of a release, offline. The signature of FILE is FILE.sigstore.json.
 *
 * Usage: npm run package:verify -- --key cosign.pub FILE…
 *        npm run package:verify -- --trusted-root FILE --certificate-identity SUBJECT --certificate-oidc-issuer URL FILE…
 */
import { parseArgs } from "node:util";
import { visible } from "../src/telemetry/visible.ts";
import { readBounded } from "./package/signature/bounded.ts";
import { readPublicKey } from "./package/signature/keys.ts";
import { BUNDLE_ENDING } from "./package/signature/sign.ts";
import { keylessVerifier, keyVerifier, MAX_BUNDLE, type Verify } from "./package/signature/verify.ts";

/** Maximum size of a file of a release, in bytes. */
const MAX_FILE = 2 ** 30;
/** Maximum size of a trusted root, in bytes. */
const MAX_ROOT = 1_048_576;

const options = {
  key: { type: "string" },
  "trusted-root": { type: "string" },
  "certificate-identity": { type: "string" },
  "certificate-oidc-issuer": { type: "string" },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

function verifierFor(values: Options): Verify {
  const { key, "trusted-root": root, "certificate-identity": subject, "certificate-oidc-issuer": issuer } = values;
  const keyless = [root, subject, issuer];
  if (key !== undefined && keyless.every((value) => value === undefined)) return keyVerifier(readPublicKey(key));
  if (key !== undefined || !root || !subject || !issuer)
    throw new Error("Use either --key, or --trusted-root, --certificate-identity and --certificate-oidc-issuer.");
  return keylessVerifier(readBounded(root, MAX_ROOT), { subject, issuer });
}

function main(): void {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const verify = verifierFor(values);
  const files = positionals.filter((file) => !file.endsWith(BUNDLE_ENDING));
  if (files.length === 0) throw new Error("There is no file to verify; name files of a release, such as dist/*.deb.");
  for (const file of files) {
    try {
      verify(readBounded(file, MAX_FILE), readBounded(`${file}${BUNDLE_ENDING}`, MAX_BUNDLE));
      console.log(`${visible(file)}: signature is valid`);
    } catch (error) {
      process.exitCode = 1;
      console.error(`${visible(file)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

try {
  main();
} catch (error) {
  console.error(`package:verify: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
