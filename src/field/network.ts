import type { FieldClass } from "./catalogue.ts";
import { dnsFields } from "./dns.ts";
import { fileFields } from "./file.ts";
import { firewallFields } from "./fw.ts";
import { httpFields } from "./http.ts";
import { idsFields } from "./ids.ts";
import { netClass } from "./net.ts";
import { tlsFields } from "./tls.ts";

/** Fields of the source `suricata`. */
export const suricataClasses: readonly FieldClass[] = [
  netClass,
  { name: "ids", description: "What a network IDS says", fields: idsFields },
  { name: "dns", description: "A question to the name service, or its answer", fields: dnsFields },
  { name: "tls", description: "How an encrypted connection begins", fields: tlsFields },
  { name: "http", description: "A request over HTTP and its answer", fields: httpFields },
  { name: "file", description: "A file that a connection carries", fields: fileFields },
];

/** Fields of the source `firewall`. */
export const firewallClasses: readonly FieldClass[] = [
  netClass,
  { name: "fw", description: "What a firewall says", fields: firewallFields },
];
