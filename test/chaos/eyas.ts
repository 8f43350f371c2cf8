// Eyas as the chaos test has it: the door for alerts, the journal and the delivery, of a configuration. It can be killed.
//   node test/chaos/eyas.ts CONFIG
import { openAlertIntake } from "../../src/cli/alert-intake.ts";
import { deliveryFor } from "../../src/cli/delivery.ts";
import { alertOptions } from "../../src/cli/rules.ts";
import { loadConfig } from "../../src/config/load.ts";
import { type Log, logLine } from "../../src/telemetry/log.ts";

const { config } = await loadConfig(process.argv[2], [], {});
const log: Log = ({ level, sentence }) => process.stderr.write(logLine(level, sentence, new Date(), false));
const delivery = await deliveryFor(config, log, () => {});
const door = await openAlertIntake(config.alert_intake, alertOptions(config, ""), (alerts) => delivery.keep(alerts));
process.stdout.write(`${door.url}\n`);
setInterval(() => process.stdout.write(`rss ${process.memoryUsage.rss()}\n`), 500);
process.once("SIGTERM", async () => {
  await door.close();
  await delivery.close();
  process.exit(0);
});
