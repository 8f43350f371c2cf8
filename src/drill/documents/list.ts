import type { DrillAction } from "../action.ts";
import { firewallActions } from "./firewall.ts";
import { accessActions } from "./kubernetes/access.ts";
import { activityActions } from "./kubernetes/activity.ts";
import { configurationActions } from "./kubernetes/configuration.ts";
import { evasionActions } from "./kubernetes/evasion.ts";
import { podActions } from "./kubernetes/pods.ts";
import { suricataActions } from "./suricata.ts";

/** Actions that send events to a document source. */
export const DOCUMENT_ACTIONS: readonly DrillAction[] = [
  ...accessActions,
  ...podActions,
  ...configurationActions,
  ...activityActions,
  ...evasionActions,
  ...suricataActions,
  ...firewallActions,
];
