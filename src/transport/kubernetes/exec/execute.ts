import { factsOf, jsonOf, listOf, textOf } from "../../json.ts";
import { excerpt } from "../../text.ts";
import type { KubernetesClient } from "../client.ts";
import { podPath } from "../path.ts";
import { openWebSocket } from "./websocket.ts";

/** A program to run in a container. */
export interface Execution {
  readonly cluster: Pick<KubernetesClient, "upgrade">;
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly container: string;
  /** The program and its arguments, without a shell. */
  readonly command: readonly string[];
  /** Standard input of the program. Default: empty. */
  readonly input?: Buffer;
  /** Bytes appended to the input if the end of input cannot be signaled (API servers before 1.30). */
  readonly farewell?: Buffer;
  /** Maximum number of output bytes to keep. */
  readonly limit: number;
  /** Whether the connection ends when the output exceeds the limit. Otherwise, the remaining output is discarded. */
  readonly endsAtLimit?: boolean;
  readonly signal: AbortSignal;
}

export interface Executed {
  /** Exit code; undefined if the program could not be started, or the connection ended at the limit. */
  readonly code: number | undefined;
  readonly output: Buffer;
  readonly errors: Buffer;
  /** Whether the output was truncated. */
  readonly isCut: boolean;
  /** The message of the API server if the command failed or could not be started; otherwise empty. */
  readonly reason: string;
}

/** Channel numbers of an exec connection. */
const Channel = { input: 0, output: 1, errors: 2, status: 3, close: 255 } as const;
const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const PIECE = 32 << 10;
const LONGEST_ERRORS = 16 << 10;

/**
 * Runs a program in a container and waits for its exit.
 * @throws ApiError, or Error with a message for the user if the connection ends earlier
 */
export async function execute(execution: Execution): Promise<Executed> {
  const { cluster, pod, container, command, input, limit, endsAtLimit = false, signal } = execution;
  const output = keeping(limit);
  const errors = keeping(LONGEST_ERRORS);
  const full = Promise.withResolvers<void>();
  let status: Buffer | undefined;
  const socket = await openWebSocket(cluster, {
    path: podPath(pod, "exec"),
    query: queryOf(container, command, input !== undefined),
    protocols,
    signal,
    take(message) {
      const channel = message[0];
      const rest = message.subarray(1);
      if (channel === Channel.output) {
        output.add(rest);
        if (endsAtLimit && output.isCut()) full.resolve();
      }
      if (channel === Channel.errors) errors.add(rest);
      if (channel === Channel.status) status = rest;
    },
  });
  if (input !== undefined) say(socket, input, execution.farewell);
  await Promise.race([socket.ended, full.promise]);
  const said = { output: output.bytes(), errors: errors.bytes(), isCut: output.isCut() };
  if (endsAtLimit && said.isCut) {
    socket.close();
    return { code: undefined, reason: "", ...said };
  }
  if (status === undefined) throw new Error("the API server did not report how the command ended");
  return { ...meaning(status), ...said };
}

function queryOf(container: string, command: readonly string[], hasInput: boolean): URLSearchParams {
  const query = new URLSearchParams({ container, stdout: "true", stderr: "true" });
  if (hasInput) query.set("stdin", "true");
  for (const word of command) query.append("command", word);
  return query;
}

function say(socket: Awaited<ReturnType<typeof openWebSocket>>, input: Buffer, farewell: Buffer | undefined): void {
  const hasEnd = socket.protocol === protocols[0];
  const all = hasEnd || farewell === undefined ? input : Buffer.concat([input, farewell]);
  for (let from = 0; from < all.length; from += PIECE)
    socket.send(Buffer.concat([Buffer.from([Channel.input]), all.subarray(from, from + PIECE)]));
  if (hasEnd) socket.send(Buffer.from([Channel.close, Channel.input]));
}

/** Interprets the Status object of the status channel. */
function meaning(status: Buffer): { readonly code: number | undefined; readonly reason: string } {
  const value = jsonOf(status.toString("utf8"));
  if (value === undefined) throw new Error("the API server reported an invalid status of the command");
  const facts = factsOf(value);
  if (facts.status === "Success") return { code: 0, reason: "" };
  const causes = listOf(factsOf(facts.details).causes);
  const cause = causes.find(({ reason }) => reason === "ExitCode");
  const code = Number(textOf(cause?.message));
  const isExit = facts.reason === "NonZeroExitCode" && Number.isInteger(code) && code > 0;
  return { code: isExit ? code : undefined, reason: excerpt(textOf(facts.message)) };
}

/** Keeps the first bytes of a stream. They are copied, because a program can write millions of short pieces. */
function keeping(limit: number) {
  let kept: Buffer = Buffer.alloc(0);
  let used = 0;
  let size = 0;
  return {
    add(piece: Buffer): void {
      size += piece.length;
      const end = Math.min(used + piece.length, limit);
      if (end > kept.length) {
        const larger = Buffer.allocUnsafe(Math.min(Math.max(2 * kept.length, end, PIECE), limit));
        kept.copy(larger, 0, 0, used);
        kept = larger;
      }
      used += piece.copy(kept, used, 0, end - used);
    },
    bytes: (): Buffer => kept.subarray(0, used),
    isCut: (): boolean => size > limit,
  };
}
