/** Sets of variants for `DYN` parameters, by name. The first byte of a value is an index into the set. */
export const dynamicVariants: ReadonlyMap<string, readonly string[]> = new Map([
  ["sockopt_dynamic_param", ["bytes BYTEBUF hex", "errno ERRNO", "u32 UINT32", "u64 UINT64", "time RELTIME"]],
  ["ptrace_dynamic_param", ["u64 UINT64 hex", "signal SIGTYPE"]],
  ["bpf_dynamic_param", ["fd FD", "errno ERRNO"]],
  ["keyctl_dynamic_param", ["i64 INT64", "text CHARBUF"]],
]);
