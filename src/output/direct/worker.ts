// The worker for a test alert, or for dead letters that are sent again. It keeps slow receivers, large alerts and the
// code of outputs from blocking the engine.
import { parentPort, workerData } from "node:worker_threads";
import { amend } from "../../journal/amendment.ts";
import { openReader } from "../../journal/read.ts";
import { type Output, reasonOf } from "../output.ts";
import type { DirectAnswer, DirectOrder } from "./messages.ts";
import { openDirectly } from "./open.ts";
import { resendDeadLetters } from "./resend.ts";
import { sendTestAlert } from "./test-alert.ts";

if (parentPort !== null) parentPort.postMessage(await perform(workerData as DirectOrder));

async function perform(order: DirectOrder): Promise<DirectAnswer> {
  const deadline = performance.now() + order.timeout;
  try {
    const opened = await openDirectly(order.task.output, order.settings);
    if ("failure" in opened) return opened;
    try {
      return await deliver(opened.output, order, deadline);
    } finally {
      await opened.output.close();
    }
  } catch (error) {
    return { failure: `${reasonOf(error).replace(/\.$/, "")}.` };
  }
}

async function deliver(output: Output, { task, format, file }: DirectOrder, deadline: number): Promise<DirectAnswer> {
  if (task.kind === "test") return { test: await sendTestAlert(output, format, "the web UI of Eyas") };
  const reader = openReader(file);
  if (reader === undefined) return { failure: `No journal at ${file}.` };
  const journal = amend(file);
  try {
    const { alert, after } = task;
    const only = alert === undefined ? undefined : reader.named(alert).find(({ id }) => id === alert)?.seq;
    if (alert !== undefined && only === undefined) return { failure: "Alert not found in the journal." };
    const selection = { ...(only !== undefined && { only }), ...(after !== undefined && { after }), deadline };
    return { resent: await resendDeadLetters(output, reader, journal, format, selection) };
  } finally {
    journal.close();
    reader.close();
  }
}
