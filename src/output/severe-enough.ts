export { type Selection as MinimumPriority, selected as severeEnough } from "./selection.ts";
