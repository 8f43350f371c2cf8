import type { Action } from "../../../action.ts";
import { kind } from "./kubernetes.ts";
import { reconnectAction } from "./reconnect-action.ts";

export const action: Action = reconnectAction("kubernetes", kind);
