import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Sample } from "../../src/api/schemas/rule.ts";
import { api } from "../../ui-shared/api/client.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { size } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";

/** The capture against which rules are run. */
type CaptureSelection =
  | { readonly kind: "sample"; readonly name: string }
  | { readonly kind: "file"; readonly file: File }
  | { readonly kind: "recent" };

const RECENT = "recent:";
const FILE = "file:";

const selection = signal<CaptureSelection | undefined>(undefined);
const fetched = new Map<string, Blob>();

/** Fetches the selected capture. @throws Error */
export async function selectedCapture(samples: readonly Sample[]): Promise<Blob> {
  const choice = selection.value ?? defaultSelection(samples);
  if (choice === undefined) throw new Error("Select a capture file.");
  if (choice.kind === "file") return choice.file;
  if (choice.kind === "recent") return new Blob([await api.recent()]); // not cached, because new events are recorded
  const known = fetched.get(choice.name) ?? new Blob([await api.sample(choice.name)]);
  fetched.set(choice.name, known);
  return known;
}

function defaultSelection([first]: readonly Sample[]): CaptureSelection | undefined {
  return first === undefined ? undefined : { kind: "sample", name: first.name };
}

/** Selects a capture: a sample, recent events from this machine, or a local file. */
export function CaptureSelect({ samples }: { readonly samples: readonly Sample[] }): JSX.Element {
  const choice = selection.value ?? defaultSelection(samples);
  const id = useId();
  const isFile = choice === undefined || choice.kind === "file";
  const value = isFile ? FILE : choice.kind === "recent" ? RECENT : choice.name;
  const about = choice?.kind === "sample" ? samples.find(({ name }) => name === choice.name) : undefined;
  return (
    <div class="capture-select">
      <label for={id}>Capture</label>
      <select
        id={id}
        value={value}
        aria-describedby={`${id}-about`}
        onChange={({ currentTarget }) => {
          const { value: selected } = currentTarget;
          if (selected === RECENT) selection.value = { kind: "recent" };
          else if (selected === FILE) selection.value = { kind: "file", file: new File([], "") };
          else selection.value = { kind: "sample", name: selected };
        }}
      >
        {samples.map(({ name }) => (
          <option key={name} value={name}>
            {visible(name)}
          </option>
        ))}
        {hasRole("responder") && <option value={RECENT}>Recent events from this machine</option>}
        <option value={FILE}>Local file…</option>
      </select>
      {isFile && (
        <input
          type="file"
          aria-label="Capture file"
          accept=".scap,.gz,.scap.gz,.cap"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file !== undefined) selection.value = { kind: "file", file };
          }}
        />
      )}
      <p id={`${id}-about`} class="muted about">
        {about !== undefined && (
          <>
            <Untrusted text={about.about} /> {size(about.bytes)}
          </>
        )}
        {isFile && "Select a .scap file of any size, plain or gzip-compressed. The file is not uploaded."}
        {choice?.kind === "recent" && "The most recent events that the agent recorded."}
      </p>
    </div>
  );
}
