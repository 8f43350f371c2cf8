/** Security headers of every response. */
const ALWAYS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
};

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Policy of the playground's worker. The worker compiles conditions, which requires `unsafe-eval`, and has no network
 * access.
 */
const WORKER_POLICY = "default-src 'none'; script-src 'self' 'unsafe-eval'";
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Headers of the page. */
export const pageHeaders = { ...ALWAYS, "content-security-policy": PAGE_POLICY };
/** Headers of scripts and styles, to which the policy of the page applies. They are short, for slow networks. */
export const assetHeaders = { ...ALWAYS, "content-security-policy": DATA_POLICY };
/** Headers of the playground's worker. */
export const workerHeaders = { ...ALWAYS, "content-security-policy": WORKER_POLICY };
/** Headers of API responses. */
export const dataHeaders = { ...ALWAYS, "content-security-policy": DATA_POLICY, "cache-control": "no-store" };
