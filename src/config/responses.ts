import { duration, flag, type Leaf, list, number, optionalTexts, section, texts, word } from "../setting/shape.ts";
import { isNull, type Tree } from "../setting/tree.ts";

/** So many within so many milliseconds. */
export interface Rate {
  readonly most: number;
  readonly window: number;
}

const MILLISECONDS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What `none` stands for. */
const UNLIMITED: Rate = { most: Number.MAX_SAFE_INTEGER, window: 1000 };

function rate(fallback: string, about: string): Leaf<Rate> {
  const parse = (text: string): Rate | undefined => {
    if (text.trim() === "none") return UNLIMITED;
    const found = /^(\d{1,6}) *\/ *(\d*)([smhd])$/.exec(text.trim());
    const window = Number(found?.[2] || 1) * MILLISECONDS[found?.[3] ?? "s"];
    return found === null || window === 0 ? undefined : { most: Number(found[1]), window };
  };
  return {
    kind: "leaf",
    takes: "so many in a time, such as 30/10m, or none for without limit",
    fallback: parse(fallback) ?? UNLIMITED,
    shown: fallback,
    about,
    read: (tree: Tree) => (tree.kind === "scalar" ? parse(tree.text) : undefined),
  };
}

/** Keys of kinds of actions, each with keys of their parameters. The values are checked where the actions are known. */
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

/** Texts, lists and mappings as JavaScript has them. */
function plainOf(tree: Tree): unknown {
  if (tree.kind === "scalar") return tree.text;
  if (tree.kind === "list") return tree.items.map(plainOf);
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plainOf(value)]));
}

/** What can become of an action. */
const outcomes = ["done", "failed", "unknown", "skipped"] as const;

/** What is done about alerts, and what holds it back. */
export const responses = {
  rules_files: optionalTexts(
    "Files and folders of response rules, Talon's too; switches responses on. In a folder all `.yaml` and `.yml` files by name.",
  ),
  parameters: parametersByKind(
    "Parameters of all actions of a kind, where a rule doesn't give them: addresses and credentials of a platform. By what is before the colon in the actions' names, like `cloud-foundry` or `aws`; [responses.md](responses.md) has the parameters.",
  ),
  paused: flag(
    false,
    "Nothing is done. `eyas respond pause` does the same while it runs, and after it was begun anew.",
  ),
  dry_run: flag(false, "Nothing is done; the journal says what would have been."),
  max_age: duration("5m", "Alerts of events before that are not answered any more, as after a standstill. 0: all are."),
  cooldown: duration(
    "10m",
    "How long a target is left alone after an action was done to it; the same action, that is.",
  ),
  timeout: duration("30s", "How long an action may take."),
  concurrency: number(4, "How many of one action may be under way at once; others wait for their turn.", [1, 1000]),
  budget: section("How much may be done at the most. What is beyond is not done, and the first of it is an alert.", {
    all: rate("60/10m", "Of all actions together that do something to somebody."),
    scope: rate("20/10m", "The same for each namespace or app."),
    calls: rate("1000/10m", "Of all calls of functions and webhooks together."),
  }),
  never: section("What is never touched, whatever rules say. Functions and webhooks may be told of it.", {
    targets: texts("Targets by their names in `eyas respond history`, with `*` for any text."),
    namespaces: texts("Namespaces of Kubernetes.", ["kube-system", "kube-public", "kube-node-lease"]),
    processes: texts(
      "Programs of processes outside containers, by path or by the name of the file. Process 1, Eyas and what it descends from are never touched.",
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
    users: texts("Users whose processes are left alone, by name or number."),
  }),
  received: word(
    ["auto", "none", "calls", "platforms", "all"],
    "auto",
    "Which actions answer alerts that were posted to `alert_intake`. Their senders say of them what they like, also that they are this machine's. `none`; `calls`: functions and webhooks; `platforms`: these and all that touches nothing on this machine; `all`: those on this machine too. `auto` is `platforms` where `alert_intake` asks for a token or a certificate, otherwise `calls`.",
  ),
  report: list(
    `a list of ${outcomes.join(", ")}`,
    "Which outcomes are alerts too, of the source `internal`, and go to the outputs: `done`, `failed`, `unknown`, `skipped`.",
    (tree) => outcomes.find((outcome) => tree.kind === "scalar" && tree.text === outcome),
    ["done", "failed", "unknown"],
  ),
} as const;
