import type { Suite } from "./behaviour.ts";
import { blinding } from "./blinding.ts";
import { drill } from "./drill.ts";
import { eventGenerator } from "./event-generator.ts";
import { fileIntegrity } from "./file-integrity.ts";
import { kubernetesAudit } from "./kubernetes-audit.ts";
import { objects } from "./objects.ts";
import { persistence } from "./persistence.ts";
import { removals } from "./removals.ts";
import { tricks } from "./tricks.ts";
import { uring } from "./uring.ts";

/**
 * Returns the suites of docs/detection.md, in its order.
 * @param auditPort port on which the sensor receives audit events
 */
export function suitesWith(auditPort: number): readonly Suite[] {
  return [
    ...[drill, objects, uring, tricks, persistence, fileIntegrity, removals, blinding],
    ...[eventGenerator, kubernetesAudit(auditPort)],
  ];
}
