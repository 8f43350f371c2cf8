// Throughput of alert intake and of outputs: `eyas run` receives alerts over keep-alive connections, one alert per
// request as Falco sends them, responds when they are on disk, and delivers them to HTTP outputs. Each row of the
// table is one rate and number of outputs; a rate of 0 means as fast as possible.
//
//   npm run bench:alerts [-- --connections 32] [-- --seconds 10] [-- --rates 10,100,500,2000,0] [-- --outputs 0,1,5]
import { availableParallelism } from "node:os";
import { scriptOptions } from "../scripts/options.ts";
import { openReceivers } from "./alerts/receivers.ts";
import { startIntake } from "./alerts/run.ts";
import { sendAlerts } from "./alerts/send.ts";

const defaults = { connections: 32, seconds: 10, rates: "10,100,500,2000,0", outputs: "0,1,5" };
const { connections, seconds, ...lists } = scriptOptions(import.meta.filename, defaults);
const [rates, counts] = [numbersIn(lists.rates), numbersIn(lists.outputs)];

/** Alerts that are sent before the first measurement, so that code is compiled. */
const WARM_UP = 5000;
/** Maximum 99th percentile of the response time at 500 alerts per second, in milliseconds. */
const RESPONSE_LIMIT = 5;

const notMet: string[] = [];
console.log(`${connections} connections, ${seconds} s per row, one alert per request`);
console.log(
  `${availableParallelism()} processors, shared with the sender and receivers; Node ${process.versions.node}\n`,
);
const columns = ["outputs", "rate", "alerts/s", "response p50, p99 (ms)", "delivery p50, p99 (ms)"];
console.log(`| ${[...columns, "CPU per alert (µs)", "by thread (µs)", "memory (MiB)"].join(" | ")} |`);
console.log(`| ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |`);

for (const outputs of counts) {
  const receivers = await openReceivers(outputs);
  const intake = await startIntake(receivers.settings);
  let accepted = 0;
  try {
    const send = async (rate: number, until: { readonly seconds?: number; readonly alerts?: number }) => {
      const sent = await sendAlerts(intake.url, { connections, rate, first: accepted, ...until });
      accepted += sent.accepted;
      if (sent.rejected > 0) notMet.push(`${outputs} outputs, ${rate} per second: ${sent.rejected} requests rejected`);
      await receivers.haveReceived(accepted);
      return sent;
    };
    await send(0, { alerts: WARM_UP });
    for (const rate of rates) {
      receivers.reset();
      const before = intake.usage();
      const sent = await send(rate, { seconds });
      const after = intake.usage();
      const perAlert = (of: number): string => ((of * 1e6) / sent.accepted).toFixed(0);
      const threads = [...after.threads].map(
        ([name, cpu]) => `${name} ${perAlert(cpu - (before.threads.get(name) ?? 0))}`,
      );
      const [, slowest] = shares(sent.waits);
      if (rate === 500 && slowest !== undefined && slowest > RESPONSE_LIMIT)
        notMet.push(
          `${outputs} outputs, 500 per second: response p99 ${slowest.toFixed(1)} ms, at most ${RESPONSE_LIMIT} ms`,
        );
      const cells = [
        `${outputs}`,
        rate === 0 ? "maximum" : `${rate}`,
        (sent.accepted / sent.seconds).toFixed(0),
        ...[sent.waits, receivers.delays()].map((times) =>
          shares(times)
            .map((time) => time.toFixed(1))
            .join(", "),
        ),
        perAlert(after.cpu - before.cpu),
        threads.filter((each) => !/ 0$/.test(each)).join(", "),
        after.memory.toFixed(0),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
    for (const [name, received] of receivers.received())
      if (received !== accepted) notMet.push(`${name} received ${received} of ${accepted} alerts`);
  } finally {
    const stored = await intake.end();
    receivers.close();
    if (stored !== accepted)
      notMet.push(`${outputs} outputs: ${stored} of ${accepted} accepted alerts are in the journal`);
  }
}
for (const line of notMet) console.log(`NOT MET: ${line}`);
if (notMet.length > 0) process.exitCode = 1;

/** Returns the median and the 99th percentile; nothing if there are no values. */
function shares(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? [] : [0.5, 0.99].map((share) => sorted[Math.floor(sorted.length * share)] ?? 0);
}

function numbersIn(list: string): number[] {
  const numbers = list.split(",").map(Number);
  if (numbers.every((one) => Number.isInteger(one) && one >= 0)) return numbers;
  console.error(`bench: "${list}" is not a list of whole numbers`);
  process.exit(2);
}
