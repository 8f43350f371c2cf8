/**
 * Returns the item of a list at an index.
 * @throws RangeError if the list has no such item
 */
export function itemAt<Item>(list: ArrayLike<Item>, index: number): Item {
  const item = list[index];
  if (item === undefined) throw new RangeError(`Index ${index} is out of range for a list of length ${list.length}.`);
  return item;
}
