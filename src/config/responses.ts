import { notifierOutputs } from "../output/notifier-outputs.ts";
import { duration, flag, type Leaf, list, number, optionalTexts, section, texts, word } from "../setting/shape.ts";
import { isNull, type Tree } from "../setting/tree.ts";

/** A rate limit: the maximum number of runs (`most`) in a time window (`window`, in milliseconds). */
export interface Rate {
  readonly most: number;
  readonly window: number;
}

const MILLISECONDS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The rate limit that `none` stands for. */
const UNLIMITED: Rate = { most: Number.MAX_SAFE_INTEGER, window: 1000 };

function rate(fallback: string, about: string): Leaf<Rate> {
  const parse = (text: string): Rate | undefined => {
    if (text.trim() === "none") return UNLIMITED;
    const found = /^(\d{1,6}) *\/ *(\d*)([smhd])$/.exec(text.trim());
    const window = Number(found?.[2] || 1) * (MILLISECONDS[found?.[3] ?? "s"] ?? 0);
    return found === null || window === 0 ? undefined : { most: Number(found[1]), window };
  };
  return {
    kind: "leaf",
    takes: "a rate such as 30/10m, or none for unlimited",
    fallback: parse(fallback) ?? UNLIMITED,
    shown: fallback,
    about,
    read: (tree: Tree) => (tree.kind === "scalar" ? parse(tree.text) : undefined),
  };
}

/** A key with parameters for each kind of action. Values are validated when the actions are loaded. */
function parametersByKind(about: string): Leaf<Readonly<Record<string, Readonly<Record<string, unknown>>>>> {
  const read = (tree: Tree) => {
    if (tree.kind !== "map") return isNull(tree) ? {} : undefined;
    const kinds = [...tree.entries].map(([kind, { value }]) => [
      kind,
      value.kind === "map" ? plainOf(value) : undefined,
    ]);
    return kinds.every(([, value]) => value !== undefined) ? Object.fromEntries(kinds) : undefined;
  };
  return { kind: "leaf", takes: "kinds of actions, each with parameters", fallback: {}, about, read };
}

/** Converts a configuration tree to JavaScript values. */
function plainOf(tree: Tree): unknown {
  if (tree.kind === "scalar") return tree.text;
  if (tree.kind === "list") return tree.items.map(plainOf);
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plainOf(value)]));
}

/** Names of notifiers: outputs, and `k8sevents` for Kubernetes Events. */
const notifierNames = ["k8sevents", ...notifierOutputs] as const;

/** Outcomes of an action. */
const outcomes = ["done", "failed", "unknown", "skipped"] as const;

/** Effects of an exhausted budget: the action is skipped, or its target is suspended. */
const whenExhausted = ["skip", "suspend"] as const;

/** Keys of responses and their limits. */
export const responses = {
  rules_files: optionalTexts(
    "Files and directories with response rules, including rules of Falco Talon; enables responses. In a directory, all `.yaml` and `.yml` files except tests, sorted by name.",
  ),
  parameters: parametersByKind(
    "Default parameters of all actions of a kind, such as addresses and credentials of a platform. The kind precedes the colon in an action's name: `cloud-foundry`, `aws`. See [responses.md](responses.md).",
  ),
  paused: flag(
    false,
    "Pause all actions. `eyas respond pause` does the same at run time and persists across restarts.",
  ),
  dry_run: flag(false, "Simulate actions; the journal records what would have run."),
  max_age: duration("5m", "Maximum age of an event for which actions run, for example after downtime. 0: no limit."),
  cooldown: duration("10m", "Minimum time between two runs of an action on the same target with the same parameters."),
  timeout: duration("30s", "Timeout of an action."),
  concurrency: number(4, "Maximum number of concurrent runs of one action; additional runs are queued.", [1, 1000]),
  budget: section(
    "Rate limits of actions. Actions beyond a limit are suppressed; the first suppressed action raises an alert.",
    {
      all: rate("120/10m", "Limit for all actions that make changes."),
      scope: rate("60/10m", "Limit for actions that make changes, per namespace or app."),
      calls: rate("1000/10m", "Combined limit for calls to functions and webhooks."),
      workload_share: number(
        50,
        "Percentage of each budget that one workload (container, pod, app, task, user) can use. 100: no limit per workload.",
        [1, 100],
      ),
      subject_share: number(
        50,
        "Percentage of a workload's share that one subject (rule, executable, parent executable, user) can use. 100: no limit per subject.",
        [1, 100],
      ),
      priority_reserve: number(
        15,
        "Percentage of each budget and share that is reserved for alerts with priority Warning and Error. The same percentage is reserved for Critical and more severe alerts. 0: no reserve.",
        [0, 45],
      ),
      when_exhausted: word(
        whenExhausted,
        "skip",
        "Effect on the target of an action that a budget suppresses. `skip`: no effect. `suspend`: the process is stopped (SIGSTOP) or the container paused until `eyas respond release`; applies to `host:kill`, `container:kill` and `container:stop`.",
      ),
    },
  ),
  never: section(
    "Targets that actions never change, regardless of the rules. Functions and webhooks are still called for these targets.",
    {
      targets: texts("Protected targets, by their names in `eyas respond history`; `*` matches any text."),
      namespaces: texts("Protected Kubernetes namespaces.", ["kube-system", "kube-public", "kube-node-lease"]),
      processes: texts(
        "Protected processes of root outside containers, by the path or file name of their program. To protect a service that runs as another user, set `users`. Process 1, Eyas and its ancestors are always protected.",
        [
          "systemd",
          "init",
          "systemd-journald",
          "systemd-udevd",
          "systemd-logind",
          "dbus-daemon",
          "sshd",
          "agetty",
        ].concat(
          ["kubelet", "containerd", "dockerd", "crio", "conmon", "containerd-shim-runc-v2", "runc", "podman"],
          ["mesos-agent", "gdn", "rep"],
        ),
      ),
      users: texts("Users whose processes are protected, by name or ID."),
    },
  ),
  received: word(
    ["auto", "none", "calls", "platforms", "all"],
    "auto",
    "Which actions run for alerts received by `alert_intake`. The content of these alerts is not verified: a sender can claim that an alert is from this machine. `none`: no actions; `calls`: functions and webhooks; `platforms`: also all other actions that do not change this machine; `all`: also actions on this machine. `auto`: `platforms` if `alert_intake` requires a token or a certificate, otherwise `calls`.",
  ),
  notifiers: list(
    `a list of ${notifierNames.join(", ")}`,
    "Notifiers for all response rules, in addition to the notifiers that a rule names; Talon's `default_notifiers`. See [responses.md](responses.md#notifiers).",
    (tree) => notifierNames.find((name) => tree.kind === "scalar" && tree.text.toLowerCase() === name),
  ),
  report: list(
    `a list of ${outcomes.join(", ")}`,
    "Which outcomes raise alerts of the source `internal`: `done`, `failed`, `unknown`, `skipped`.",
    (tree) => outcomes.find((outcome) => tree.kind === "scalar" && tree.text === outcome),
    ["done", "failed", "unknown"],
  ),
} as const;
