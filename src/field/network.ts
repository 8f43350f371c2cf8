import type { FieldClass } from "./catalogue.ts";
import { dnsFields } from "./dns.ts";
import { fileFields } from "./file.ts";
import { firewallFields } from "./fw.ts";
import { httpFields } from "./http.ts";
import { idsFields } from "./ids.ts";
import { netFields } from "./net.ts";
import { tlsFields } from "./tls.ts";

/** Who speaks with whom: system calls have it too. */
export const netClass: FieldClass = {
  name: "net",
  description: "The flow: who speaks with whom",
  fields: netFields,
};

/** Fields of the source `suricata`, beside {@link netClass}. */
export const suricataClasses: readonly FieldClass[] = [
  { name: "ids", description: "What a network IDS says", fields: idsFields },
  { name: "dns", description: "A question to the name service, or its answer", fields: dnsFields },
  { name: "tls", description: "How an encrypted connection begins", fields: tlsFields },
  { name: "http", description: "A request over HTTP and its answer", fields: httpFields },
  { name: "file", description: "A file that a connection carries", fields: fileFields },
];

/** Fields of the source `firewall`, beside {@link netClass}. */
export const firewallClasses: readonly FieldClass[] = [
  { name: "fw", description: "What a firewall says", fields: firewallFields },
];
