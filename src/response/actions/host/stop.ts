import type { Action } from "../../action.ts";
import { hostFields } from "./fields.ts";
import { processOf } from "./held.ts";
import { sendSignal, signalPermissions, treeParameter } from "./send.ts";

export const action: Action = {
  name: "host:stop",
  about:
    "Stops the alert's process, or its tree, where it stands (SIGSTOP): its memory and files stay as they are, for people " +
    "to look at. `host:continue` lets it go on.",
  parameters: { tree: treeParameter },
  continues: true,
  cooldown: 1000,
  repeatable: true,
  ofProcess: true,
  isLocal: true,
  fields: hostFields,
  permissions: signalPermissions,
  target: processOf,
  async run(request) {
    const sent = sendSignal(request, "STOP");
    if ("outcome" in sent) return sent;
    sent.close();
    return { outcome: "done", answer: `Stopped ${sent.to}.` };
  },
};
