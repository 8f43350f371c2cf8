import type { Action } from "../../action.ts";
import { annotations, markAction } from "./marks.ts";

export const action: Action = markAction(annotations);
