import assert from "node:assert/strict";
import { test } from "node:test";

import status from "../../host-test/cases/readers/models-status-leaky.json" with { type: "json" };
import recorded from "../../host-test/cases/readers/order-get.json" with { type: "json" };
import table from "../../host-test/tables/arguments.json" with { type: "json" };
import urls from "../../host-test/tables/urls.json" with { type: "json" };
import type { gateway } from "../src/contract.ts";
import { allowedUrl, filtered, grantedChange, isAgent, policy, queryArgv } from "../src/policy.ts";

test("the allow-list is the endpoints that the check knows", () => {
  assert.deepEqual(Object.keys(policy.endpoints), Object.keys(urls.allowed));
  for (const name of ["usage", "reset-credits"] as const) {
    const { method, url } = policy.endpoints[name];
    assert.equal(method, "GET");
    const others = name === "usage" ? urls.allowed["reset-credits"] : urls.allowed.usage;
    const allowed = [url, ...urls.allowed[name], ...others, ...urls.refused].filter((each) => allowedUrl(name, each));
    assert.deepEqual(allowed, [url, ...urls.allowed[name]]);
  }
});

test("arguments are filled in only with what is granted", () => {
  const argv = queryArgv("auth-order-get", "main", "openai");
  assert.equal(argv?.join(" "), "models auth order get --provider openai --agent main --json");
  assert.deepEqual(queryArgv("version", "main"), ["--version"]);
  for (const { agent, provider } of table.queries_refused) {
    assert.equal(queryArgv("auth-order-get", agent, provider ?? undefined), undefined, `${agent} ${provider}`);
  }
  for (const name of ["auth-logout", "constructor", ""]) assert.equal(queryArgv(name, "main"), undefined);
  assert.ok(isAgent("_a.B-9") && !isAgent("-a"));
});

/** A change as the Rust host writes it down, in the contract's own shape. */
function change(written: object): gateway.Change {
  const [tag, fields] = Object.entries(written)[0]!;
  const val = tag === "auth-order-clear" ? fields.provider : tag === "auth-logout" ? fields.profile : fields;
  return { tag, val } as gateway.Change;
}

test("a change becomes the one command of its kind", () => {
  for (const { change: written, agent, argv } of table.changes_granted) {
    const timeoutMs = Object.hasOwn(written, "auth-login") ? 900_000 : 90_000;
    const granted = grantedChange(change(written), agent);
    assert.deepEqual(granted && { ...granted, argv: granted.argv.join(" ") }, { argv, timeoutMs });
  }
});

test("no id is more than one plain argument", () => {
  const naming = (id: string): gateway.Change[] => [
    { tag: "auth-order-set", val: { provider: "openai", profiles: [id] } },
    { tag: "auth-login", val: { provider: "openai", profile: id } },
    { tag: "auth-logout", val: id },
  ];
  const refused = [...table.ids_refused.flatMap(naming), ...table.changes_refused.map(change)];
  for (const each of refused) assert.equal(grantedChange(each, "main"), undefined, JSON.stringify(each));
  for (const each of table.ids_granted.flatMap(naming)) assert.ok(grantedChange(each, "main"), JSON.stringify(each));
});

test("a leaky status is cut down to the named keys", () => {
  const kept = JSON.stringify(filtered("models-status", status.response.body));
  assert.doesNotMatch(kept, /FAKE-LEAKED|storePath/);
  assert.match(kept, /"profileId":"openai:b"/);
  assert.match(kept, /"until":1790432000000/);
});

test("an order of null stays null and an order stays an order", () => {
  const kept = (json: unknown) => JSON.stringify(filtered("auth-order-get", json));
  assert.equal(kept(recorded.response.body), '{"agentId":"main","order":null,"provider":"openai"}');
  assert.equal(kept({ order: recorded.variants.order[0] }), '{"order":["openai:a","openai:b"]}');
  assert.equal(kept({ order: ["openai:a", 1], provider: { a: 1 }, agentId: [] }), '{"agentId":[]}');
  assert.equal(kept(["openai:a"]), undefined);
  assert.equal(filtered("constructor", {}), undefined);
});
