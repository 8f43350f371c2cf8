import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Creates a certificate authority (`ca`), and certificates for 127.0.0.1 (`server`) and for a client, as `.crt` and
 * `.key` files and as `.pem` files with both.
 */
export function makeCertificates() {
  const folder = mkdtempSync(join(tmpdir(), "eyas-tls-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...ec, "-keyout", at("ca.key"), "-out", at("ca.crt"), "-subj", "/CN=authority", "-days", "2");
  writeFileSync(at("names"), "subjectAltName=IP:127.0.0.1");
  for (const name of ["server", "client"]) {
    openssl("req", ...ec, "-keyout", at(`${name}.key`), "-out", at(`${name}.csr`), "-subj", `/CN=${name}`);
    const authority = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-days", "2", "-extfile", at("names")];
    openssl("x509", "-req", "-in", at(`${name}.csr`), ...authority, "-out", at(`${name}.crt`));
    writeFileSync(
      at(`${name}.pem`),
      [`${name}.key`, `${name}.crt`].map((file) => readFileSync(at(file), "utf8")).join(""),
    );
  }
  return { at, read: (name: string) => readFileSync(at(name)) };
}
