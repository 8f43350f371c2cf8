// The setup of docs/kubernetes-audit.md: flags of the API server, its webhook configuration with mutual TLS, and
// settings of Eyas.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { home } from "../../src/agent/home.ts";
import { makeCertificates } from "../../src/output/transport/certificates.fixture.ts";

/** Flags of the webhook, except flags that name a file. */
export const webhookFlags: readonly string[] = readFileSync(join(home, "docs/kubernetes-audit.md"), "utf8")
  .split("\n")
  .flatMap((line) => /^\s+- (--audit-webhook-(?!config-file)\S+)$/.exec(line)?.[1] ?? []);

/** Returns the path of a file in deploy/kubernetes. */
export const deployed = (name: string): string => join(home, "deploy/kubernetes", name);

export interface HowTo {
  /** Flags of an API server. */
  readonly flags: readonly string[];
  /** The URL of the webhook. */
  readonly url: string;
  /** Settings of Eyas for the certificates. */
  readonly settings: readonly string[];
}

/** Creates certificates and the webhook configuration in a directory. @param port port of Eyas */
export function followHowTo(folder: string, port: number): HowTo {
  const certificates = makeCertificates();
  const config = join(folder, "webhook.yaml");
  const text = readFileSync(deployed("audit-webhook.yaml"), "utf8")
    .replace("127.0.0.1:9765", `127.0.0.1:${port}`)
    .replaceAll("/etc/kubernetes/eyas/", `${certificates.at("")}/`);
  writeFileSync(config, text);
  return {
    flags: [
      ...[`--audit-policy-file=${deployed("audit-policy.yaml")}`, `--audit-webhook-config-file=${config}`],
      ...webhookFlags,
    ],
    url: `https://127.0.0.1:${port}/k8s-audit`,
    settings: [
      `sources.k8s_audit.certificate=${certificates.at("server.crt")}`,
      `sources.k8s_audit.key=${certificates.at("server.key")}`,
      `sources.k8s_audit.client_authority=${certificates.at("ca.crt")}`,
    ],
  };
}
