/** The newest of some alerts: IDs increase in the order in which alerts were stored. */
export function newestOf(ids: readonly string[]): string | undefined {
  return ids.reduce<string | undefined>((newest, id) => (newest === undefined || id > newest ? id : newest), undefined);
}
