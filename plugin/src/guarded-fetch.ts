/**
 * The addresses that are asked, through the gateway's own guarded client: the
 * gateway's proxy and its trusted certificates hold, and no redirect is followed.
 */

import { fetchWithSsrFGuard, GuardedFetchRedirectError, SsrFBlockedError } from "openclaw/plugin-sdk/ssrf-runtime";

import { allowedUrl, policy } from "./policy.ts";
import { NoAnswer, type Answer, type Endpoint } from "./surroundings.ts";

/** The gateway also lets its model requests through to the made-up addresses of a local proxy's DNS. */
const HOSTS = {
  hostnameAllowlist: ["chatgpt.com"],
  allowRfc2544BenchmarkRange: true,
  allowIpv6UniqueLocalRange: true,
};

/** Asks an endpoint with these headers. What it throws holds no text that a peer could choose. */
export async function guardedFetch(
  endpoint: Endpoint,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<Answer> {
  const { method, url } = policy.endpoints[endpoint];
  if (!allowedUrl(endpoint, url)) throw new NoAnswer("denied", false);
  // To the guard, no time at all would be no limit.
  if (!(timeoutMs >= 1)) throw new NoAnswer("timed-out", false);
  try {
    const { response, release } = await fetchWithSsrFGuard({
      url,
      init: { method, headers: { ...headers, "Accept-Encoding": "identity" } },
      mode: "trusted_env_proxy",
      policy: HOSTS,
      requireHttps: true,
      maxRedirects: 0,
      capture: false,
      timeoutMs: Math.floor(timeoutMs),
      auditContext: "codex-profiler",
    });
    try {
      return { status: response.status, headers: Object.fromEntries(response.headers), body: await readBody(response) };
    } finally {
      await release();
    }
  } catch (error) {
    if (error instanceof GuardedFetchRedirectError) {
      // The guard tells no more than the status.
      return { status: error.status, headers: {}, body: new Uint8Array() };
    }
    if (error instanceof SsrFBlockedError) throw new NoAnswer("denied", false);
    const all = causes(error);
    throw new NoAnswer(all.some(isTimeout) ? "timed-out" : "unreachable", !all.some(isBeforeSending));
  }
}

/**
 * The whole body, or nothing where it is longer than what is read. One that declared
 * no length and broke off looks whole here; its JSON is not.
 */
async function readBody(response: Response): Promise<Uint8Array | undefined> {
  const most = policy.limits.body_bytes;
  if (Number(response.headers.get("content-length")) > most) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > most) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** An error and what it came of. */
function causes(error: unknown): NodeJS.ErrnoException[] {
  if (!(error instanceof Error)) return [];
  const parts = error instanceof AggregateError ? error.errors : [];
  return [error, ...[...parts, error.cause].flatMap(causes)];
}

function isTimeout({ name, code = "" }: NodeJS.ErrnoException): boolean {
  return name === "TimeoutError" || /^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/.test(code);
}

/** No name, no connection, no TLS session: certain only where the error says so. */
function isBeforeSending({ syscall = "", code = "", message }: NodeJS.ErrnoException): boolean {
  return (
    /^(getaddrinfo|connect)$/.test(syscall) ||
    /^(ERR_INVALID_URL|ERR_TLS_CERT_ALTNAME_INVALID|UND_ERR_CONNECT_TIMEOUT|UND_ERR_PRX_(TLS|CONN))$/.test(code) ||
    /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|INVALID_(CA|PURPOSE))/.test(
      code,
    ) ||
    // The proxy refused to go on.
    (code === "UND_ERR_ABORTED" && message.startsWith("Proxy response ("))
  );
}
