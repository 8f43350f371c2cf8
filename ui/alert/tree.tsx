import type { JSX } from "preact";
import type { Related, TreeProcess } from "../../src/api/schemas/alert.ts";
import { Found } from "../filter/found.tsx";
import type { Resource } from "../shell/resource.ts";
import { Bounded } from "../text/bounded.tsx";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { Panel } from "./panel.tsx";

/** Process lineage, from the first known ancestor to the process that caused the alert. */
export function TreePanel({ related }: { readonly related: Resource<Related> }): JSX.Element {
  const { value, failure } = related;
  const [first, ...rest] = value?.tree ?? [];
  return (
    <Panel title="Process tree">
      {value === undefined ? (
        <p class="muted">{failure ?? "Loading…"}</p>
      ) : first === undefined ? (
        <p class="muted">No process data for this alert.</p>
      ) : (
        <Branch first={first} rest={rest} />
      )}
    </Panel>
  );
}

interface BranchProps {
  readonly first: TreeProcess;
  /** Descendants of the first process; each process is the parent of the next one. */
  readonly rest: readonly TreeProcess[];
}

function Branch({ first, rest }: BranchProps): JSX.Element {
  const [child, ...descendants] = rest;
  return (
    <ol class="tree">
      <li aria-current={first.isAlert ? "true" : undefined}>
        <Process {...first} />
        {child !== undefined && <Branch first={child} rest={descendants} />}
      </li>
    </ol>
  );
}

function Process({ pid, name, cmdline, exepath, user, time, isAlert }: TreeProcess): JSX.Element {
  return (
    <div class={isAlert ? "process of-alert" : "process"}>
      <p>
        <b>
          <Untrusted text={name} empty="?" />
        </b>
        {pid > 0 && <span class="muted"> {pid}</span>}
        {user !== undefined && (
          <span class="muted">
            {" "}
            user <Untrusted text={user} />
          </span>
        )}
        {time !== undefined && (
          <span class="muted">
            {" "}
            started <Time iso={time} />
          </span>
        )}
        {isAlert && <span class="visually-hidden"> caused the alert</span>}
      </p>
      {cmdline !== "" && (
        <Bounded class="mono">
          <Found text={cmdline} />
        </Bounded>
      )}
      {exepath !== undefined && exepath !== "" && !cmdline.startsWith(exepath) && (
        <Bounded class="mono muted">
          <Untrusted text={exepath} />
        </Bounded>
      )}
    </div>
  );
}
