import type { Action } from "./action.ts";

/** Brings an action in: its code is loaded where a response rule names it, and not before. */
export type LoadAction = () => Promise<Action>;

/** Everything that can be done about an alert, by its name. */
export const actions: Readonly<Record<string, LoadAction>> = {
  "aws:lambda": async () => (await import("./function/lambda.ts")).action,
  "calico:networkpolicy": async () => (await import("./kubernetes/network/calico.ts")).action,
  "cilium:networkpolicy": async () => (await import("./kubernetes/network/cilium.ts")).action,
  "cloud-foundry:restart": async () => (await import("./cloud-foundry/restart.ts")).action,
  "cloud-foundry:stop": async () => (await import("./cloud-foundry/stop.ts")).action,
  "cloud-foundry:terminate": async () => (await import("./cloud-foundry/terminate.ts")).action,
  "container:kill": async () => (await import("./container/kill.ts")).action,
  "container:pause": async () => (await import("./container/pause.ts")).action,
  "container:resume": async () => (await import("./container/resume.ts")).action,
  "container:stop": async () => (await import("./container/stop.ts")).action,
  "fission:function": async () => (await import("./function/fission.ts")).action,
  "function:cloudevents": async () => (await import("./function/cloudevents.ts")).action,
  "gcp:function": async () => (await import("./function/gcp-function.ts")).action,
  "gcp:run": async () => (await import("./function/gcp-run.ts")).action,
  "host:block": async () => (await import("./host/block.ts")).action,
  "host:capture": async () => (await import("./host/capture.ts")).action,
  "host:continue": async () => (await import("./host/continue.ts")).action,
  "host:freeze": async () => (await import("./host/freeze.ts")).action,
  "host:kill": async () => (await import("./host/kill.ts")).action,
  "host:quarantine": async () => (await import("./host/quarantine.ts")).action,
  "host:stop": async () => (await import("./host/stop.ts")).action,
  "kubernetes:annotation": async () => (await import("./kubernetes/annotation.ts")).action,
  "kubernetes:cordon": async () => (await import("./kubernetes/cordon.ts")).action,
  "kubernetes:delete": async () => (await import("./kubernetes/delete.ts")).action,
  "kubernetes:drain": async () => (await import("./kubernetes/drain.ts")).action,
  "kubernetes:label": async () => (await import("./kubernetes/label.ts")).action,
  "kubernetes:networkpolicy": async () => (await import("./kubernetes/network/kubernetes.ts")).action,
  "kubernetes:scale": async () => (await import("./kubernetes/scale.ts")).action,
  "kubernetes:terminate": async () => (await import("./kubernetes/terminate.ts")).action,
  "marathon:kill": async () => (await import("./marathon/kill.ts")).action,
  "marathon:restart": async () => (await import("./marathon/restart.ts")).action,
  "marathon:scale": async () => (await import("./marathon/scale.ts")).action,
  "marathon:suspend": async () => (await import("./marathon/suspend.ts")).action,
  "openfaas:function": async () => (await import("./function/openfaas.ts")).action,
  "openwhisk:action": async () => (await import("./function/openwhisk.ts")).action,
  "webhook:signed": async () => (await import("./webhook/signed.ts")).action,
};
