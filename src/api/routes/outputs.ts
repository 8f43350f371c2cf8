import { ApiError, notFound } from "../api-error.ts";
import { auditedRequest } from "../audited-request.ts";
import type { Dependencies } from "../dependencies.ts";
import { INTERVAL } from "../output-history.ts";
import { pageOf, paging } from "../paging.ts";
import { type Call, route } from "../route.ts";
import { described, filledText, object, optional, wholeFrom } from "../schema.ts";
import { DeadLetters, OutputDetail, OutputTest, Resent } from "../schemas/output.ts";
import type { OutputStatus } from "../schemas/status.ts";

type Name = { readonly name: string };

export const showOutput = route({
  method: "GET",
  path: "/outputs/{name}",
  role: "viewer",
  about: "Returns the status of an output, and its deliveries in the last six hours.",
  answer: OutputDetail,
  async take({ path: { name } }, parts) {
    const [output] = await outputStatuses(parts, name);
    if (output === undefined) throw notEnabled();
    return { json: { output, interval: INTERVAL / 1000, history: [...parts.sensor.outputHistory(name)] } };
  },
});

export const listDeadLetters = route({
  method: "GET",
  path: "/outputs/{name}/dead-letters",
  role: "viewer",
  about:
    "Lists dead letters of an output, newest alerts first. Dead letters are alerts that the receiver rejected permanently.",
  query: object(paging(500)),
  answer: DeadLetters,
  take: async ({ path: { name }, query }, { store }) => ({ json: await store.deadLetters(name, pageOf(query)) }),
});

export const testOutput = route({
  method: "POST",
  path: "/outputs/{name}/test",
  role: "admin",
  about: "Sends a test alert to an output, regardless of its filters, and waits for the response of the receiver.",
  answer: OutputTest,
  async take(call, parts) {
    const { name } = call.path;
    checkName(name, parts);
    const entry = entryOf(call, "test output");
    const result = await auditedRequest({ kind: "deliver", task: { kind: "test", output: name } }, entry, parts);
    if ("refused" in result) throw new ApiError(409, "not_done", result.refused);
    if (result.delivery === undefined || !("test" in result.delivery)) throw noResult();
    const { persistent: _, ...test } = result.delivery.test;
    if (test.outcome !== "delivered") await addFailure(entry, test.reason ?? test.outcome, parts);
    return { json: { ...test, warnings: [...test.warnings] } };
  },
});

export const resendDeadLetters = route({
  method: "POST",
  path: "/outputs/{name}/resend",
  role: "admin",
  about:
    "Sends dead letters of an output again, oldest alerts first, and deletes dead letters that the receiver accepts. Stops after 20 s and returns the position at which to continue.",
  body: object({
    alert: optional(filledText(40, "ID of the alert of a single dead letter. Default: all dead letters.")),
    after: optional(described(wholeFrom(0, Number.MAX_SAFE_INTEGER), "The value of `next` in the previous response.")),
  }),
  answer: Resent,
  async take(call, parts) {
    const { alert, after } = call.body;
    checkName(call.path.name, parts);
    const entry = { ...entryOf(call, "resend dead letters"), detail: alert === undefined ? "all" : `alert ${alert}` };
    const task = {
      ...({ kind: "resend", output: call.path.name } as const),
      ...(alert !== undefined && { alert }),
      ...(after !== undefined && { after }),
    };
    const result = await auditedRequest({ kind: "deliver", task }, entry, parts);
    if ("refused" in result) throw new ApiError(409, "not_done", result.refused);
    if (result.delivery === undefined || !("resent" in result.delivery)) throw noResult();
    const { resent } = result.delivery;
    const { taken, left, reason = "" } = resent;
    if (left > 0) await addFailure(entry, `accepted: ${taken}, not accepted: ${left}: ${reason}`, parts);
    return { json: resent };
  },
});

/**
 * The status of outputs, with the values that the store provides.
 * @param name returns only the status of this output
 */
export async function outputStatuses(
  { sensor, store }: Pick<Dependencies, "sensor" | "store">,
  name?: string,
): Promise<OutputStatus[]> {
  const outputs = sensor.status().outputs.filter((output) => name === undefined || output.name === name);
  const troubles = await store.outputs();
  return outputs.map((output) => ({
    ...output,
    ...(troubles.get(output.name) ?? { dead: 0, lastError: null, lastErrorTime: null }),
  }));
}

/**
 * @throws ApiError if the output is not enabled. Does not throw without an agent, because the delivery then returns the
 * reason
 */
function checkName(name: string, { sensor }: Pick<Dependencies, "sensor">): void {
  const { watching, outputs } = sensor.status();
  if (watching && !outputs.some((output) => output.name === name)) throw notEnabled();
}

const notEnabled = (): ApiError => notFound("Output not found: it is not enabled.");

function entryOf({ path, user, address }: Pick<Call, "user" | "address"> & { readonly path: Name }, action: string) {
  return { user: user.name, address, action, target: path.name };
}

/** Writes a failure to the audit log. Errors are ignored, because the user also receives the reason. */
async function addFailure(
  entry: ReturnType<typeof entryOf>,
  detail: string,
  { store }: Pick<Dependencies, "store">,
): Promise<void> {
  await store.addAuditEntry({ ...entry, action: `${entry.action} failed`, detail }).catch(() => {});
}

function noResult(): ApiError {
  return new ApiError(500, "internal", "The agent returned no result.");
}
