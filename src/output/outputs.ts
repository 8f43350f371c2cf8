import { fileOutput } from "./file.ts";
import { asJson, asText, type Line, type Output } from "./output.ts";
import { stdoutOutput } from "./stdout.ts";
import { syslogOutput } from "./syslog.ts";

/** The keys of the configuration that say where alerts go. */
export interface OutputSettings {
  readonly json_output: boolean;
  readonly stdout_output: { readonly enabled: boolean };
  readonly syslog_output: { readonly enabled: boolean };
  readonly file_output: { readonly enabled: boolean; readonly keep_alive: boolean; readonly filename: string };
}

/**
 * Opens what is switched on. Adding an output is a line here and a file beside.
 * @param shown how standard output shows an alert in text
 */
export function openOutputs(settings: OutputSettings, shown: Line = asText): Output[] {
  const line = settings.json_output ? asJson : asText;
  const { stdout_output: stdout, syslog_output: syslog, file_output: file } = settings;
  return [
    ...(stdout.enabled ? [stdoutOutput(settings.json_output ? asJson : shown)] : []),
    ...(file.enabled ? [fileOutput(line, { filename: file.filename, keepAlive: file.keep_alive })] : []),
    ...(syslog.enabled ? [syslogOutput(line)] : []),
  ];
}
