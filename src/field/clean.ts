// Names are cleaned by the machine too.
export * from "../event/clean.ts";
