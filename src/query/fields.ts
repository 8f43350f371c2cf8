import { findField } from "../field/catalogue.ts";
import { isColumn } from "./names.ts";

/**
 * Whether a query can name a field, from the catalogue or from alerts.
 * @param occurs whether alerts have a field that the catalogue lacks
 */
export function isQueryField(name: string, occurs: (name: string) => boolean): boolean {
  const [, base = name, argument] = /^([^[]+)\[(.*)\]$/.exec(name) ?? [];
  return isColumn(name) || occurs(name) || findField(base, argument) !== undefined;
}
