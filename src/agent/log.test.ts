import { expect, test, vi } from "vitest";
import { loadConfig } from "../config/load.ts";
import { logLines } from "../telemetry/log-lines.ts";
import { openAgentLog } from "./log.ts";

let opened = 0;
const sent: string[] = [];

vi.mock(import("../output/receiver/system-log/output.ts"), async (original) => ({
  ...(await original()),
  openSyslog() {
    opened++;
    return {
      async send(_severity: number, text: string) {
        sent.push(text);
        return { outcome: "delivered" as const };
      },
      close() {},
    };
  },
}));

test("reloads keep the connection to the system log", async () => {
  const { config } = await loadConfig(undefined, ["log_syslog=true", "log_stderr=false"]);
  const agentLog = openAgentLog(config);
  for (let i = 0; i < 3; i++) {
    await agentLog.apply?.({ config } as never); // the log reads only the configuration
    agentLog.log(logLines.filesReopened());
  }
  expect([opened, sent]).toEqual([1, Array(3).fill("Reopened output files.")]);
});
