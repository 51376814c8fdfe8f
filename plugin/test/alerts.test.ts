import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";

import manifest from "../openclaw.plugin.json" with { type: "json" };
import { Alerts, type Found } from "../src/alerts.ts";
import type { chat } from "../src/contract.ts";
import type { Fate } from "../src/conversation.ts";
import { isQuietAt } from "../src/settings.ts";
import { Subscriptions, type Subscription } from "../src/subscriptions.ts";
import { zone } from "../src/zone.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let folder: string;
let warned: string[];
let subscriptions: Subscriptions;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "codex-profiler-alerts-")), "state");
  mkdirSync(folder, { mode: 0o700 });
  warned = [];
  subscriptions = another();
});
afterEach(() => rmSync(dirname(folder), { recursive: true }));

/** The subscriptions of another gateway on the same folder. */
function another(): Subscriptions {
  return new Subscriptions(folder, (why) => warned.push(why));
}

function subscription(place: string, more: Partial<Subscription> = {}): Subscription {
  return {
    channel: "telegram", place, to: place, accountId: undefined, threadId: undefined, isPrivate: true, user: "somebody",
    senderId: "4242", isListed: true, agent: "main", locale: "en", kinds: ["ready", "all-out"], refusals: 0, held: [], ...more,
  };
}

describe("who subscribed", () => {
  test("is kept whole, for nobody else to read, and is the same for another gateway", async () => {
    const one = subscription("one", { threadId: 7, held: [{ text: "lab", buttons: [{ label: "All", value: "usage:all" }] }] });
    await subscriptions.add(one);
    await another().add(subscription("two"));
    assert.deepEqual(await subscriptions.all(), [one, subscription("two")]);
    assert.equal(statSync(join(folder, "subscriptions")).mode & 0o777, 0o600);
    await subscriptions.add({ ...one, kinds: ["low"] });
    assert.deepEqual((await another().of("one"))?.kinds, ["low"]);
    await another().remove("one");
    assert.equal(await subscriptions.of("one"), undefined);
  });

  test("are twenty at most", async () => {
    for (let at = 0; at < 20; at += 1) assert.equal(await subscriptions.add(subscription(`${at}`)), undefined);
    assert.equal(await subscriptions.add(subscription("one more")), "full");
    assert.equal(await subscriptions.add(subscription("3", { kinds: ["low"] })), undefined);
    assert.equal((await subscriptions.all()).length, 20);
  });

  test("is put aside where the file is damaged, and the log says so", async () => {
    await subscriptions.add(subscription("one"));
    const whole = readFileSync(join(folder, "subscriptions"), "utf8");
    for (const content of [whole.slice(0, whole.length / 2), "", "{}", whole.replace('"kinds":["ready"', '"kinds":["nothing"'), whole.replace("one", "")]) {
      writeFileSync(join(folder, "subscriptions"), content, { mode: 0o600 });
      assert.deepEqual(await another().all(), []);
      assert.equal(readFileSync(join(folder, "subscriptions.damaged"), "utf8"), content);
    }
    assert.equal(warned.length, 5);
    assert.match(warned[0]!, /Turn them on again: \/codex_auth alerts on/);
    await subscriptions.add(subscription("two"));
    assert.deepEqual(readdirSync(folder).sort(), ["subscriptions", "subscriptions.damaged", "subscriptions.lock"]);
  });

  test("changes one after the other, whichever gateway changes", async () => {
    const places = Array.from({ length: 12 }, (_, at) => `${at}`);
    const [one, two] = [subscriptions, another()];
    await Promise.all(places.map((place, at) => (at % 2 ? one : two).add(subscription(place))));
    assert.deepEqual((await one.all()).map(({ place }) => place).sort(), places.sort());
  });
});

/** A gateway's clock, which goes as fast as there is something to do. */
class Clock {
  now = 0;
  #planned: { at: number; then: () => void }[] = [];

  after(ms: number, then: () => void): () => void {
    const planned = { at: this.now + ms, then };
    this.#planned.push(planned);
    return () => void (this.#planned = this.#planned.filter((each) => each !== planned));
  }

  /** Goes on by so long. A round is over once the next one is planned. */
  async run(ms: number, settle = () => new Promise((done) => setTimeout(done, 0))): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      const [next] = this.#planned.sort((a, b) => a.at - b.at);
      if (!next || next.at > until) break;
      this.#planned = this.#planned.filter((each) => each !== next);
      this.now = Math.max(this.now, next.at);
      const { planned } = this;
      next.then();
      while (this.planned <= planned) await settle();
    }
    this.now = until;
  }

  get planned(): number {
    return this.#planned.length;
  }
}

/** Until what was begun is done. */
async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done, 50));
}

class World {
  readonly clock = new Clock();
  readonly sent: string[] = [];
  readonly tries: string[] = [];
  checks = 0;
  quiet = false;
  everyMs = 10 * MINUTE;
  isOwner = true;
  fate: Fate = "sent";
  /** Happens while a message goes out. */
  meanwhile: () => Promise<void> = async () => {};
  find: (all: readonly Subscription[]) => Found = (all) => ({ alerts: all.map(() => undefined), strain: undefined });
  readonly alerts: Alerts;

  constructor(subscriptions: Subscriptions, clock = new Clock()) {
    this.clock = clock;
    this.alerts = new Alerts({
      subscriptions,
      lock: () => subscriptions.lock(),
      pace: () => ({ everyMs: this.everyMs, isQuiet: this.quiet }),
      isOwners: () => this.isOwner,
      check: async (_agent, all) => {
        this.checks += 1;
        return this.find(all);
      },
      post: async ({ place }, { text }) => {
        this.tries.push(`${place}: ${text}`);
        await this.meanwhile();
        if (this.fate === "sent") this.sent.push(`${place}: ${text}`);
        return this.fate;
      },
      warn: (why) => warned.push(why),
      after: (ms, then) => this.clock.after(ms, then),
      now: () => this.clock.now,
    });
  }

  /** Has the next check tell everybody this, once. */
  tells(text: string): void {
    const before = this.find;
    this.find = (all) => {
      this.find = before;
      return { alerts: all.map((): chat.Message => ({ text, buttons: [] })), strain: undefined };
    };
  }
}

describe("alerts", () => {
  let world: World;
  beforeEach(() => {
    world = new World(subscriptions);
  });
  afterEach(() => world.alerts.stop());

  test("nothing is checked while nobody subscribed", async () => {
    world.alerts.start();
    await world.clock.run(DAY);
    assert.equal(world.checks, 0);
  });

  test("a day at the default interval takes 144 checks, give or take the jitter", async () => {
    await subscriptions.add(subscription("one"));
    await subscriptions.add(subscription("two"));
    world.alerts.start();
    await world.clock.run(DAY);
    assert.ok(140 <= world.checks && world.checks <= 150, `${world.checks}`);
    console.log(`checks in a day at the default interval: ${world.checks}`);
  });

  test("one agent is checked once for all who subscribed to it", async () => {
    for (const [place, agent] of [["one", "main"], ["two", "main"], ["three", "ops"]] as const) await subscriptions.add(subscription(place, { agent }));
    world.alerts.start();
    await world.clock.run(MINUTE);
    assert.equal(world.checks, 2);
  });

  test("strain doubles the pause up to an hour, and its end ends that", async () => {
    await subscriptions.add(subscription("one"));
    world.find = (all) => ({ alerts: all.map(() => undefined), strain: { kind: "rate-limited", retryAfterSeconds: 0 } });
    world.alerts.start();
    await world.clock.run(DAY);
    assert.ok(24 <= world.checks && world.checks <= 30, `${world.checks}`);
    world.alerts.hurry();
    await world.clock.run(MINUTE);
    const before = world.checks;
    world.find = (all) => ({ alerts: all.map(() => undefined), strain: undefined });
    await world.clock.run(DAY);
    assert.ok(world.checks - before >= 130, `${world.checks - before}`);
  });

  test("quiet hours hold everything, and one summary comes behind them", async () => {
    await subscriptions.add(subscription("one"));
    world.alerts.start();
    world.quiet = true;
    await world.clock.run(8 * HOUR);
    assert.equal(world.checks, 0);
    world.quiet = false;
    world.tells("lab and work are ready again");
    await world.clock.run(HOUR);
    assert.deepEqual(world.sent, ["one: lab and work are ready again"]);
  });

  test("what hurries checks at once, and at most once a minute", async () => {
    await subscriptions.add(subscription("one"));
    world.alerts.start();
    await world.clock.run(5 * MINUTE);
    for (let times = 0; times < 120; times += 1) {
      world.alerts.hurry();
      await world.clock.run(1000);
    }
    assert.ok(3 <= world.checks && world.checks <= 4, `${world.checks}`);
    assert.equal(world.clock.planned, 1);
  });

  test("what did not go out is held over a restart, and sent once", async () => {
    await subscriptions.add(subscription("one"));
    world.alerts.start();
    world.fate = "failed";
    world.tells("lab is ready again");
    await world.clock.run(45 * MINUTE);
    assert.ok(world.tries.length >= 4);
    world.alerts.stop();
    await settled();
    const next = new World(another());
    next.alerts.start();
    await next.clock.run(2 * HOUR);
    assert.deepEqual(next.sent, ["one: lab is ready again"]);
    assert.deepEqual((await subscriptions.of("one"))?.held, []);
    next.alerts.stop();
  });

  test("what the disk refuses to hold is held and sent with the next round", async () => {
    await subscriptions.add(subscription("one"));
    const hold = subscriptions.hold.bind(subscriptions);
    subscriptions.hold = async () => {
      subscriptions.hold = hold;
      throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    };
    world.alerts.start();
    world.tells("lab is ready again");
    await world.clock.run(HOUR);
    assert.deepEqual(world.sent, ["one: lab is ready again"]);
    assert.equal(warned[0], "alerts could not be checked for: Error ENOSPC");
  });

  test("a damaged lock is nobody's, and the log says so", async () => {
    await subscriptions.add(subscription("one"));
    writeFileSync(join(folder, "alerts.lock"), "no database".repeat(100));
    world.alerts.start();
    await world.clock.run(HOUR);
    assert.equal(world.checks, 0);
    assert.match(warned[0] ?? "", /alerts could not be checked for: Error ERR_SQLITE_ERROR/);
  });

  test("a conversation that turns alerts off meanwhile gets none, and others do", async () => {
    for (const place of ["one", "two", "three"]) await subscriptions.add(subscription(place));
    world.meanwhile = () => subscriptions.remove("two");
    world.alerts.start();
    world.tells("lab is ready again");
    await world.clock.run(HOUR);
    assert.deepEqual(world.sent, ["one: lab is ready again", "three: lab is ready again"]);
  });

  test("what may have gone out is never sent again", async () => {
    await subscriptions.add(subscription("one"));
    world.alerts.start();
    world.fate = "unclear";
    world.tells("lab is ready again");
    await world.clock.run(HOUR);
    assert.equal(world.tries.length, 1);
    assert.match(warned.join("\n"), /may not have arrived/);
  });

  test("a conversation that refuses three times in a row is dropped", async () => {
    await subscriptions.add(subscription("one"));
    world.alerts.start();
    world.fate = "refused";
    world.tells("lab is ready again");
    await world.clock.run(2 * HOUR);
    assert.equal(world.tries.length, 3);
    assert.deepEqual(await subscriptions.all(), []);
    assert.match(warned.join("\n"), /refused messages 3 times in a row/);
  });

  test("of many that wait the newest few are kept, and the log says so", async () => {
    await subscriptions.add(subscription("one"));
    world.fate = "failed";
    let times = 0;
    world.find = (all) => ({ alerts: all.map((): chat.Message => ({ text: `${(times += 1)}`, buttons: [] })), strain: undefined });
    world.alerts.start();
    await world.clock.run(2 * HOUR);
    assert.equal((await subscriptions.of("one"))?.held.length, 3);
    assert.equal((await subscriptions.of("one"))?.held.at(-1)?.text, `${times}`);
    assert.match(warned.join("\n"), /an alert was dropped/);
  });

  test("who does not own the gateway any more gets none", async () => {
    await subscriptions.add(subscription("one"));
    world.isOwner = false;
    world.alerts.start();
    await world.clock.run(HOUR);
    assert.equal(world.checks, 0);
    assert.deepEqual(await subscriptions.all(), []);
  });

  test("of two gateways on one folder one sends, and the other once that one ended", async () => {
    await subscriptions.add(subscription("one"));
    const clock = new Clock();
    const [one, two] = [new World(subscriptions, clock), new World(another(), clock)];
    one.alerts.start();
    two.alerts.start();
    await clock.run(2 * HOUR);
    const [busy, idle] = one.checks > 0 ? [one, two] : [two, one];
    assert.ok(busy.checks >= 10);
    assert.equal(idle.checks, 0);
    busy.alerts.stop();
    await settled();
    await clock.run(HOUR);
    assert.ok(idle.checks >= 4);
    idle.alerts.stop();
  });

  test("a machine that slept for a week checks once when it wakes up", async () => {
    await subscriptions.add(subscription("one"));
    world.alerts.start();
    await world.clock.run(HOUR);
    const before = world.checks;
    world.clock.now += 7 * DAY;
    await world.clock.run(MINUTE);
    assert.equal(world.checks, before + 1);
  });

  test("a check that fails ends nothing", async () => {
    await subscriptions.add(subscription("one"));
    world.find = () => {
      throw new TypeError("with a secret in it");
    };
    world.alerts.start();
    await world.clock.run(HOUR);
    assert.ok(world.checks >= 5);
    assert.equal(warned[0], "alerts could not be checked for: TypeError");
  });
});

test("in a simulated year nothing is sent twice, nothing is lost silently and nothing grows", async () => {
  let kept: Subscription[] = [subscription("one"), subscription("two", { agent: "ops" })];
  const inMemory = {
    all: async () => kept,
    of: async (place: string) => kept.find((each) => each.place === place),
    hold: async (alerts: readonly { place: string; alert: chat.Message | undefined }[]) => {
      const held = (each: Subscription) => alerts.flatMap(({ place, alert }) => (alert && place === each.place ? [alert] : []));
      kept = kept.map((each) => ({ ...each, held: [...each.held, ...held(each)].slice(-3) }));
    },
    remove: async (place: string) => void (kept = kept.filter((each) => each.place !== place)),
    note: async (place: string, noted: object) => void (kept = kept.map((each) => (each.place === place ? { ...each, ...noted } : each))),
  } as unknown as Subscriptions;
  const clock = new Clock();
  const fates: Fate[] = ["sent", "sent", "failed", "unclear", "sent", "refused"];
  const [told, sent, unclear] = [[] as string[], [] as string[], [] as string[]];
  let [checks, tries] = [0, 0];
  const alerts = new Alerts({
    subscriptions: inMemory,
    lock: async () => () => {},
    pace: () => ({ everyMs: 10 * MINUTE, isQuiet: clock.now % DAY > 22 * HOUR }),
    isOwners: () => true,
    check: async (agent, all) => {
      checks += 1;
      // Something changes every few hours; the endpoint is under strain now and then.
      const texts = checks % 40 === 0 ? all.map(() => `${agent} ${checks}`) : [];
      told.push(...texts);
      return { alerts: texts.map((text) => ({ text, buttons: [] })), strain: checks % 500 === 0 ? { kind: "server-error", retryAfterSeconds: 600 } : undefined };
    },
    post: async (_, { text }) => {
      const fate = fates[(tries += 1) % fates.length]!;
      if (fate === "sent") sent.push(text);
      if (fate === "unclear") unclear.push(text);
      return fate;
    },
    warn: () => {},
    after: (ms, then) => clock.after(ms, then),
    now: () => clock.now,
  });
  alerts.start();
  await clock.run(365 * DAY, () => new Promise((done) => setImmediate(done)));
  assert.equal(clock.planned, 1);
  alerts.stop();
  const held = kept.flatMap((each) => each.held.map(({ text }) => text));
  assert.deepEqual([...sent, ...unclear, ...held].sort(), told.sort());
  assert.ok(held.length <= 6);
  console.log(`a year: ${checks} checks for two agents, ${told.length} alerts, ${sent.length} sent, ${unclear.length} unclear, ${held.length} waiting`);
});

test("quiet hours are those of the clock on the wall, also over midnight", () => {
  const berlin = (text: string) => {
    const now = Date.parse(text) / 1000;
    return ["22:00-08:00", "12:30-13:00"].map((quietHours) => isQuietAt({ quietHours }, now, zone("Europe/Berlin", now)));
  };
  assert.deepEqual(berlin("2026-11-29T20:59:00Z"), [false, false]);
  assert.deepEqual(berlin("2026-11-29T21:00:00Z"), [true, false]);
  assert.deepEqual(berlin("2026-07-01T05:59:00Z"), [true, false]);
  assert.deepEqual(berlin("2026-07-01T06:00:00Z"), [false, false]);
  assert.deepEqual(berlin("2026-07-01T10:30:00Z"), [false, true]);
});

test("quiet hours are written one way, and the schema refuses any other", () => {
  const pattern = new RegExp(manifest.configSchema.properties.quietHours.pattern);
  for (const right of ["22:00-08:00", "00:00-23:59"]) assert.match(right, pattern);
  for (const wrong of ["", "22-8", "24:00-08:00", "22:00-08:60", "22:00-08:00 ", "22:00–08:00"]) assert.doesNotMatch(wrong, pattern);
});
