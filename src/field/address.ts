// Addresses are text for the machine too.
export * from "../event/address.ts";
