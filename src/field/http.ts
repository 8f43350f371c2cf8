import { isArray, member } from "../event/document.ts";
import { documentNumber, documentText, textOf } from "./document-value.ts";
import { type Field, FieldArgumentError, type Reader } from "./field.ts";
import { walk } from "./json-value.ts";
import { REQUIRED, row, rowWith } from "./row.ts";

/** Reads a header by name, ignoring case. If there are several, the first one. */
function header(field: string, list: "request_headers" | "response_headers") {
  const path = ["http", list];
  return (argument: string | undefined): Reader => {
    if (argument === undefined || argument === "") {
      throw new FieldArgumentError(`${field} requires the name of a header, for example ${field}[Host].`);
    }
    const wanted = argument.toLowerCase();
    return ({ document }) => {
      const headers = walk(document, path);
      if (!isArray(headers)) return undefined;
      for (const one of headers) {
        if (textOf(member(one, "name"))?.toLowerCase() === wanted) return textOf(member(one, "value"));
      }
      return undefined;
    };
  };
}

const NAMED = { argument: { ...REQUIRED, key: true } } as const;

export const httpFields: readonly Field[] = [
  row("http.host", "CHARBUF", documentText("http", "hostname"), "The host that the request names.", {
    ecs: { "url.domain": "text" },
  }),
  row("http.port", "PORT", documentNumber("http", "http_port"), "The port in the Host header."),
  row("http.url", "CHARBUF", documentText("http", "url"), "The path and query, or the full URL for proxies.", {
    ecs: { "url.original": "text" },
  }),
  row("http.method", "CHARBUF", documentText("http", "http_method"), "The request method: GET, POST, and so on.", {
    ecs: { "http.request.method": "text" },
  }),
  row("http.protocol", "CHARBUF", documentText("http", "protocol"), "The version: HTTP/1.1, HTTP/2, and so on."),
  row("http.user_agent", "CHARBUF", documentText("http", "http_user_agent"), "The User-Agent header.", {
    ecs: { "user_agent.original": "text" },
  }),
  row("http.referer", "CHARBUF", documentText("http", "http_refer"), "The Referer header."),
  row("http.content_type", "CHARBUF", documentText("http", "http_content_type"), "The content type of the response."),
  row(
    "http.status",
    "UINT16",
    documentNumber("http", "status"),
    "The status code of the response: 200, 404, and so on.",
    {
      ecs: { "http.response.status_code": "number" },
    },
  ),
  row("http.redirect", "CHARBUF", documentText("http", "redirect"), "The redirect target of the response."),
  row("http.length", "UINT64", documentNumber("http", "length"), "Size of the response body in bytes."),
  row("http.xff", "CHARBUF", documentText("http", "xff"), "The client address as reported by a proxy."),
  rowWith(
    "http.request.header",
    "CHARBUF",
    header("http.request.header", "request_headers"),
    "One header of the request, if the IDS is configured to add headers: http.request.header[Authorization].",
    NAMED,
  ),
  rowWith(
    "http.response.header",
    "CHARBUF",
    header("http.response.header", "response_headers"),
    "One header of the response, if the IDS is configured to add headers: http.response.header[Server].",
    NAMED,
  ),
];
