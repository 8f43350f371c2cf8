import type { Action } from "../../action.ts";
import { hostFields } from "./fields.ts";
import { processTarget } from "./process.ts";
import { sendSignal, signalPermissions, treeParameter } from "./send.ts";

export const action: Action = {
  name: "host:stop",
  about:
    "Stops the alert's process, or its tree (SIGSTOP), with memory and files preserved for investigation. " +
    "`host:continue` continues it.",
  example: "tree: true",
  parameters: { tree: treeParameter },
  continues: true,
  cooldown: 1000,
  repeatable: true,
  ofProcess: true,
  isLocal: true,
  undoneBy: "host:continue",
  fields: hostFields,
  permissions: signalPermissions,
  target: processTarget,
  async run(request) {
    const sent = sendSignal(request, "STOP");
    if ("outcome" in sent) return sent;
    sent.close();
    return { outcome: "done", answer: `Stopped ${sent.to}.` };
  },
};
