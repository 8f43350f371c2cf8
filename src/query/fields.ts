import { findField } from "../field/catalogue.ts";
import { isColumn } from "./names.ts";

/**
 * Whether a query may name a field: the catalogue has it, or alerts do.
 * @param occurs whether alerts have a field that the catalogue lacks
 */
export function isQueryField(name: string, occurs: (name: string) => boolean): boolean {
  const [, base = name, argument] = /^([^[]+)\[(.*)\]$/.exec(name) ?? [];
  return isColumn(name) || occurs(name) || findField(base, argument) !== undefined;
}
