import type { Action } from "../../../action.ts";
import { kind } from "./calico.ts";
import { reconnectAction } from "./reconnect-action.ts";

export const action: Action = reconnectAction("calico", kind);
