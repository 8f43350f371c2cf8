import { findField } from "../field/catalogue.ts";
import { isColumn } from "./names.ts";

/**
 * Whether queries can use a field name: the name is in the field catalogue, or alerts contain a field with this name.
 * @param occurs returns whether alerts contain a field that is not in the catalogue
 */
export function isQueryField(name: string, occurs: (name: string) => boolean): boolean {
  const [, base = name, argument] = /^([^[]+)\[(.*)\]$/.exec(name) ?? [];
  return isColumn(name) || occurs(name) || findField(base, argument) !== undefined;
}
