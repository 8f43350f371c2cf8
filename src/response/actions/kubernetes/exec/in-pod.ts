import { type Executed, type Execution, execute } from "../../../../transport/kubernetes/exec/execute.ts";
import { excerpt } from "../../../../transport/text.ts";
import type { ActionResult } from "../../../action.ts";
import type { Task } from "../kubernetes-action.ts";
import type { Grant } from "../permissions.ts";
import type { Pod } from "../pod.ts";
import { podText } from "../target.ts";
import { containersFor } from "./containers.ts";

/** WebSocket connections start with a GET request, but API servers also check the verb `create` for exec. */
export const execGrant: Grant = { group: "", resource: "pods/exec", verbs: ["get", "create"] };

/** Exit codes of a program that could not be started. Another container may contain the program. */
const NOT_RUN: ReadonlySet<number | undefined> = new Set([undefined, 126, 127]);

interface Attempt {
  /** Whether the program ran in the container. If so, no other containers are tried. */
  readonly isTried?: (executed: Executed) => boolean;
}

/**
 * Runs a program in the alert's container, or in the first container that has the program.
 * @throws the same errors as {@link execute}
 */
export async function executeInPod(
  pod: Pod,
  { cluster, request, signal }: Task,
  what: Pick<Execution, "command" | "input" | "farewell" | "limit" | "endsAtLimit"> & Attempt,
): Promise<{ readonly executed: Executed; readonly container: string } | ActionResult> {
  const containers = containersFor(pod, request.alert);
  const { isTried = ({ code }) => !NOT_RUN.has(code), ...asked } = what;
  let reason = "";
  for (const container of containers) {
    const executed = await execute({ cluster, pod, container, signal, ...asked });
    if (isTried(executed)) return { executed, container };
    reason = oneLine(executed.errors) || executed.reason;
  }
  if (containers.length === 0) return { outcome: "skipped", reason: `no container in ${podText(pod)} is running` };
  return { outcome: "failed", reason: `no container in ${podText(pod)} could run the program: ${reason}` };
}

/** Shows the output of a program on one line. */
export function oneLine(bytes: Buffer): string {
  return excerpt(bytes.toString("utf8"), 2000);
}

/** Converts the exit code and output of a program to the result of an action. */
export function resultOf(pod: Pod, container: string, { code, output, errors }: Executed): ActionResult {
  const where = `in container ${container} of ${podText(pod)}`;
  const details = [oneLine(output), oneLine(errors)].filter((each) => each !== "").join(" | ");
  return code === 0
    ? { outcome: "done", answer: `ran ${where}${details && `: ${details}`}` }
    : { outcome: "failed", reason: `exit code ${code} ${where}${details && `: ${details}`}` };
}
