import type { Action } from "../../action.ts";
import { annotations, metadataAction } from "./metadata.ts";

export const action: Action = metadataAction(annotations);
