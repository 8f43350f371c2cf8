/** An error response: HTTP status, machine-readable code and message for the user. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const badRequest = (message: string, code = "bad_request"): ApiError => new ApiError(400, code, message);
export const notFound = (message: string): ApiError => new ApiError(404, "not_found", message);
