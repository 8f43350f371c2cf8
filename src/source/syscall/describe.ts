import type { SyscallSource } from "../descriptor.ts";

export const syscall: SyscallSource = {
  kind: "syscall",
  name: "syscall",
  about: "System calls of this machine, or of a capture.",
  rules: ["syscall.yaml", "syscall-incubating.yaml"],
};
