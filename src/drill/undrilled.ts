/** Default rules without a drill action, and why there is none. */
export const UNDRILLED: readonly { readonly rule: string; readonly why: string }[] = [
  {
    rule: "External connection from restricted namespace",
    why: "It matches nothing by default: the list restricted_namespaces is empty.",
  },
];
