/** The part of the gateway's plugin SDK that is used. The SDK is there at run time only. */

declare module "openclaw/plugin-sdk/ssrf-runtime" {
  export class GuardedFetchRedirectError extends Error {
    readonly status: number;
  }

  export class SsrFBlockedError extends Error {}

  export function fetchWithSsrFGuard(options: {
    url: string;
    init: { method: string; headers: Record<string, string> };
    mode: "trusted_env_proxy";
    policy: { hostnameAllowlist: string[]; allowRfc2544BenchmarkRange: boolean; allowIpv6UniqueLocalRange: boolean };
    requireHttps: boolean;
    maxRedirects: number;
    capture: false;
    timeoutMs: number;
    auditContext: string;
  }): Promise<{ response: Response; release(): Promise<void> }>;
}

declare module "openclaw/plugin-sdk/agent-runtime" {
  /** The stored sign-ins of an agent's folder, over what it inherits. Never refreshes; creates nothing. */
  export function ensureAuthProfileStore(agentDir: string, options: object): unknown;
}
