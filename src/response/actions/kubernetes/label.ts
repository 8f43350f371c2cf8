import type { Action } from "../../action.ts";
import { labels, markAction } from "./marks.ts";

export const action: Action = markAction(labels);
