import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { api } from "../../ui-shared/api/client.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import type { ViewProps } from "../shell/views.ts";
import { RuleList } from "./list.tsx";
import { LoadWarnings } from "./load-warnings.tsx";
import { Rule } from "./rule.tsx";
import { SettingPanel } from "./setting-panel.tsx";
import { UnloadedRules } from "./unloaded-rules.tsx";

/** The list of rules, or the rule in the URL. */
export function RulesPage({ subject }: ViewProps): JSX.Element {
  return <section class="view">{subject === undefined ? <AllRules /> : <RuleByName name={subject} />}</section>;
}

function AllRules(): JSX.Element {
  const { value, failure } = useResource("rules", (signal) => api.rules(signal)).value;
  return (
    <>
      <h1>Rules</h1>
      <LoadWarnings />
      <UnloadedRules />
      {value === undefined ? <LoadingState failure={failure} /> : <RuleList rules={value.rules} />}
    </>
  );
}

function RuleByName({ name }: { readonly name: string }): JSX.Element {
  const version = useSignal(0);
  const { value, failure } = useResource(name, (signal) => api.rule(name, signal), version.value).value;
  if (value !== undefined) return <Rule rule={value} changed={() => version.value++} />;
  return (
    <>
      <h1>
        <Untrusted text={name} />
      </h1>
      <LoadingState failure={failure} />
      <p>
        <a href="/rules">All rules</a>
      </p>
      {failure !== undefined && <SettingPanel rule={name} isLoaded={false} changed={() => version.value++} />}
    </>
  );
}

function LoadingState({ failure }: { readonly failure: string | undefined }): JSX.Element {
  if (failure === undefined) return <p class="waiting">Loading…</p>;
  return (
    <p class="failure" role="alert">
      <Untrusted text={failure} />
    </p>
  );
}
