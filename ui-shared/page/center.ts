/** Scrolls a box, but not the page, until an item is in its middle. The box must be the offset parent of the item. */
export function centerIn(box: HTMLElement, item: HTMLElement): void {
  box.scrollTop = item.offsetTop - (box.clientHeight - item.offsetHeight) / 2;
}
