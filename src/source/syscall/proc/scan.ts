import type { SnapshotSink } from "../../../event/snapshot.ts";

export function scanMachine(_sink: SnapshotSink, _options: { root: string; skipPid: number }): void {}
