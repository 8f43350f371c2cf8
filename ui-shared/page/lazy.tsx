import { signal } from "@preact/signals";
import type { FunctionComponent, JSX } from "preact";
import { useEffect } from "preact/hooks";

/**
 * Returns a component whose code is loaded when it is first shown.
 * @param load imports the component
 */
export function lazy<Props extends object>(load: () => Promise<FunctionComponent<Props>>): FunctionComponent<Props> {
  const loaded = signal<FunctionComponent<Props> | undefined>(undefined);
  const failed = signal(false);
  return function Lazy(props): JSX.Element | null {
    useEffect(() => {
      if (loaded.peek() !== undefined) return;
      load().then(
        (component) => {
          loaded.value = component;
          failed.value = false;
        },
        () => {
          failed.value = true;
        },
      );
    }, []);
    const Loaded = loaded.value;
    if (Loaded !== undefined) return <Loaded {...props} />;
    if (!failed.value) return null;
    return (
      <p class="failure" role="alert">
        Cannot load this part. Reload the page.
      </p>
    );
  };
}
