// The event sources, one per line. A test checks that the list is complete.

import { fileIntegrity } from "./file-integrity/describe.ts";
import { firewall } from "./firewall/describe.ts";
import { json } from "./json/describe.ts";
import { k8sAudit } from "./k8s-audit/describe.ts";
import { suricata } from "./suricata/describe.ts";
import { syscall } from "./syscall/describe.ts";

export const sources = [syscall, k8sAudit, suricata, firewall, json, fileIntegrity] as const;
