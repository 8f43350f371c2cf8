import type { Action } from "../../../action.ts";
import { kind } from "./cilium.ts";
import { reconnectAction } from "./reconnect-action.ts";

export const action: Action = reconnectAction("cilium", kind);
