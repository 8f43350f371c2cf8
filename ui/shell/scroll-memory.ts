import { EntryMemory } from "../../ui-shared/page/entry-memory.ts";
import { historyEntry, onLeave, onReturn } from "../../ui-shared/page/router.ts";

/** Scroll positions of the page and of the elements with `data-keep-scroll`, in pixels. */
interface Positions {
  readonly page: number;
  readonly elements: readonly number[];
}

const memory = new EntryMemory<Positions>();
/** Time during which a view is scrolled again whenever it changes, because its data are being loaded. */
const LOADING_TIME = 10_000;
const USER_INPUT = ["wheel", "touchstart", "pointerdown", "keydown"] as const;

const scrollers = (): readonly Element[] => [...document.querySelectorAll("[data-keep-scroll]")];

let stop = (): void => {};

/** Restores the scroll position when the user goes back or forward. */
export function keepScrollPositions(): void {
  onLeave(() => {
    stop();
    memory.remember(historyEntry, {
      page: window.scrollY,
      elements: scrollers().map(({ scrollTop }) => scrollTop),
    });
  });
  onReturn(() => restore(memory.recall(historyEntry) ?? { page: 0, elements: [] }));
}

/** Scrolls to the given positions, and again after each change of the view, until the user interacts with the page. */
function restore({ page, elements }: Positions): void {
  const apply = (): void => {
    if (window.scrollY !== page) window.scrollTo(0, page);
    for (const [i, element] of scrollers().entries()) {
      const position = elements[i] ?? 0;
      if (element.scrollTop !== position) element.scrollTop = position;
    }
  };
  const observer = new MutationObserver(apply);
  const timer = setTimeout(() => stop(), LOADING_TIME);
  stop = () => {
    clearTimeout(timer);
    observer.disconnect();
    for (const kind of USER_INPUT) window.removeEventListener(kind, stop);
    stop = () => {};
  };
  for (const kind of USER_INPUT) window.addEventListener(kind, stop, { passive: true });
  observer.observe(document.body, { childList: true, subtree: true });
  apply();
}
