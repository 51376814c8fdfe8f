/** Tests what the gateway says of the chat session that asked. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { channelOf, ofCommand, ofPress, ofTool, sessionProfile, type Conversation } from "../src/conversation.ts";
import type { PluginApi, SessionEntry } from "../src/gateway-api.ts";

const session = "agent:ops:main";
const typed = ofCommand({ channel: "telegram", config: {}, sessionKey: session });

test("the profile of a session is the gateway's choice or the user's", () => {
  const [auto, user] = [{ profile: "openai:work", pin: "auto" }, { profile: "openai:work", pin: "user" }];
  const of = (entry: SessionEntry) => chosen(() => ({ authProfileOverride: "openai:work", ...entry }));
  assert.deepEqual(of({ authProfileOverrideSource: "auto" }), auto);
  assert.deepEqual(of({ authProfileOverrideSource: "user" }), user);
  assert.deepEqual(of({ authProfileOverrideSource: "user-link" }), user);
  assert.deepEqual(of({ authProfileOverrideCompactionCount: 0 }), auto);
  assert.deepEqual(of({}), user);
});

test("it is that of the session and the agent that asked", () => {
  const asked: unknown[] = [];
  const note = (of: unknown) => void asked.push(of);
  for (const where of [typed, ofTool({ sessionKey: session }, {})]) chosen(note, where);
  assert.deepEqual(asked, [{ agentId: "ops", sessionKey: session }, { agentId: "ops", sessionKey: session }]);
});

test("nothing is said where the gateway says nothing", () => {
  const has = () => ({ authProfileOverride: "openai:work" });
  const press = { channel: "telegram", conversationId: "1", auth: { isAuthorizedSender: true }, respond: { reply: async () => {} } };
  for (const where of [ofPress(press, "main"), ofCommand({ channel: "webchat", config: {} })]) assert.equal(chosen(has, where), undefined);
  assert.equal(chosen(() => undefined), undefined);
  assert.equal(chosen(() => ({})), undefined);
  assert.equal(chosen(() => assert.fail("the store is locked")), undefined);
  // An older gateway.
  for (const agent of [{}, { session: {} }]) assert.equal(sessionProfile(typed, { runtime: { agent } } as PluginApi), undefined);
});

test("who typed and who pressed are one person, however the gateway spells the id", () => {
  const press = { channel: "slack", conversationId: "D1", senderId: "U4242", auth: { isAuthorizedSender: true }, respond: { reply: async () => {} } };
  const command = ofCommand({ channel: "slack", config: {}, senderId: "u4242", accountId: "default" });
  assert.equal(ofPress(press, "main").user, command.user);
});

test("buttons are there where Telegram takes a press", () => {
  const hasButtons = (capabilities: unknown, isPrivate: boolean, accountId?: string) => {
    const config = { channels: { telegram: { capabilities, accounts: { spare: { capabilities: { inlineButtons: "off" } } } } } };
    return channelOf({ channel: "telegram", accountId, isPrivate }, "messages", config).buttons > 0;
  };
  for (const [inlineButtons, inPrivate, inGroup] of [
    [undefined, true, true],
    ["all", true, true],
    ["allowlist", true, true],
    ["dm", true, false],
    ["group", false, true],
    ["off", false, false],
  ] as const) {
    assert.deepEqual([true, false].map((isPrivate) => hasButtons({ inlineButtons }, isPrivate)), [inPrivate, inGroup], inlineButtons);
  }
  assert.ok(hasButtons(["inlineButtons"], true));
  assert.ok(!hasButtons(["reactions"], true));
  assert.ok(!hasButtons({ inlineButtons: "all" }, true, "spare"));
});

function chosen(getSessionEntry: (of: unknown) => SessionEntry | undefined, where: Conversation = typed) {
  return sessionProfile(where, { runtime: { agent: { session: { getSessionEntry } } } } as object as PluginApi);
}
