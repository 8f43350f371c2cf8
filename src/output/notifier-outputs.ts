export { notifierOutputs } from "../alert/notifier-outputs.ts";
