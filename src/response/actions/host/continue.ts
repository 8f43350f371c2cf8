import type { Action } from "../../action.ts";
import { hostFields } from "./fields.ts";
import { processTarget } from "./process.ts";
import { sendSignal, signalPermissions, treeParameter } from "./send.ts";

export const action: Action = {
  name: "host:continue",
  about: "Continues the alert's process, or its tree, after `host:stop` (SIGCONT).",
  example: "tree: true",
  parameters: { tree: treeParameter },
  continues: true,
  cooldown: 1000,
  repeatable: true,
  ofProcess: true,
  isLocal: true,
  fields: hostFields,
  permissions: signalPermissions,
  target: processTarget,
  async run(request) {
    const sent = sendSignal(request, "CONT");
    if ("outcome" in sent) return sent;
    sent.close();
    return { outcome: "done", answer: `Continued ${sent.to}.` };
  },
};
