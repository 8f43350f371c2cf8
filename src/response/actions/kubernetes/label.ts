import type { Action } from "../../action.ts";
import { labels, metadataAction } from "./metadata.ts";

export const action: Action = metadataAction(labels);
