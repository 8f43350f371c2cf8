import type { FieldClass } from "./catalogue.ts";
import { dnsClass } from "./dns.ts";
import { fileFields } from "./file.ts";
import { firewallFields } from "./fw.ts";
import { httpFields } from "./http.ts";
import { idsFields } from "./ids.ts";
import { netClass } from "./net.ts";
import { tlsFields } from "./tls.ts";

/** Fields of the source `suricata`. */
export const suricataClasses: readonly FieldClass[] = [
  netClass,
  { name: "ids", description: "Network IDS", fields: idsFields },
  dnsClass,
  { name: "tls", description: "TLS handshake", fields: tlsFields },
  { name: "http", description: "HTTP", fields: httpFields },
  { name: "file", description: "File in a connection", fields: fileFields },
];

/** Fields of the source `firewall`. */
export const firewallClasses: readonly FieldClass[] = [
  netClass,
  { name: "fw", description: "Firewall", fields: firewallFields },
];
