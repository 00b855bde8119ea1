/** The list of differences explains what it says, and no more. */
import { describe, expect, test } from "vitest";
import { INTERFACE, INTERFACE_OF_WINDOWS } from "../interface.ts";
import { comparable } from "./answers.ts";
import { DIFFERENCES, OF_LINES, TEXTS } from "./differences.ts";
import { guard, Refused } from "./guard.ts";
import { sameInformation, sameList } from "./known-commands.ts";
import type { World } from "./world.ts";

describe("the list of differences", () => {
  for (const { id, matches, examples } of DIFFERENCES) {
    test(id, () => {
      expect(matches(examples.explained)).toBe(true);
      expect(matches(examples.unexplained)).toBe(false);
      // What ours says is what must not get lost: without it nothing is explained.
      expect(matches({ ...examples.explained, ours: [] })).toBe(false);
    });
  }

  for (const { id, matches, examples } of OF_LINES) {
    test(id, () => {
      expect(matches(...examples.explained)).toBe(true);
      expect(matches(...examples.unexplained)).toBe(false);
    });
  }

  test("a command that the interface has on Windows only is never explained here", () => {
    const [windows = ""] = INTERFACE_OF_WINDOWS;
    const [theirs, ours] = [[...INTERFACE], [...INTERFACE, "guest-lodger-stats"]];
    const info = (names: readonly string[]) => {
      const items = names.map((name) => `{"enabled": true, "name": "${name}", "success-response": true}`);
      return [`{"return": {"supported_commands": [${items.join(", ")}], "version": "10.2.0"}}`];
    };
    const lines = (names: readonly string[]) => [JSON.stringify(`stdout: ${JSON.stringify(names.join("\n"))}`)];
    expect(sameInformation({ theirs: info(theirs), ours: info(ours) })).toBe(true);
    expect(sameInformation({ theirs: info(theirs), ours: info([...ours, windows]) })).toBe(false);
    expect(sameList({ theirs: lines(theirs), ours: lines(ours) })).toBe(true);
    expect(sameList({ theirs: lines(theirs), ours: lines([...ours, windows]) })).toBe(false);
  });

  test("names are given once", () => {
    const ids = [...DIFFERENCES, ...OF_LINES, ...TEXTS].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("answers are compared", () => {
  test("whatever the order of members", () => {
    expect(comparable('{"b": {"d": 1, "c": [2, 3]}, "a": null}')).toBe('{"a": null, "b": {"c": [2, 3], "d": 1}}');
  });

  test("but not of items, nor spellings, nor spaces, nor the byte before", () => {
    const all = [
      '{"a": [1, 2]}',
      '{"a": [2, 1]}',
      '{"a": [1.0, 2]}',
      '{"a":[1, 2]}',
      '\xff{"a": [1, 2]}',
      '{"a": [1, 2]} ',
      '{"a": [1, 2]}{}',
      '{"\\u0061": [1, 2]}',
    ];
    expect(new Set(all.map(comparable)).size).toBe(all.length);
  });
});

describe("nothing harmful is sent", () => {
  const harmful = [
    '{"execute":"guest-shutdown"}',
    '{"execute":"guest-shut\\u0064own"}',
    '{"execute":"guest-fsfreeze-freeze"}',
    '{"execute":"guest-fsfreeze-freeze","arguments":{}}',
    '{"execute":"guest-fsfreeze-freeze-list","arguments":{"mountpoints":["/"]}}',
    '{"execute":"guest-suspend-ram"}',
    '{"execute":"guest-set-time"}',
    '{"execute":"guest-fstrim"}',
    '{"execute":"guest-shutdown","arguments":{"mode":"reboot"}}',
    '{"execute":"guest-shutdown","arguments":{}}',
    '{"execute":"guest-shutdown","arguments":{"mode":"x"}}{"execute":"guest-shutdown"}',
  ];
  for (const bytes of harmful) {
    test(bytes, () => {
      expect(() => guard(bytes)).toThrow(Refused);
      if (!bytes.startsWith('{"execute":"guest-shutdown","arguments":{"mode":"x"}}') || bytes.endsWith('"}')) {
        expect(() => guard(bytes, "it says so")).toThrow(Refused);
      }
    });
  }

  test("but what is refused by its arguments, if a case says so", () => {
    const bytes = '{"execute":"guest-shutdown","arguments":{"mode":"x"}}';
    expect(() => guard(bytes)).toThrow(Refused);
    expect(() => guard(bytes, "an invalid mode")).not.toThrow();
    expect(() => guard('{"execute":"guest-ping"}')).not.toThrow();
  });

  const copies: Readonly<Record<string, World>> = {
    '{"execute":"guest-set-vcpus","arguments":{"vcpus":[]}}': { trees: { "/sys/devices/system/cpu": {} } },
    '{"execute":"guest-set-memory-blocks","arguments":{"mem-blks":[]}}': { trees: { "/sys/devices/system/memory": {} } },
    '{"execute":"guest-set-user-password","arguments":{"username":"root"}}': { etc: {} },
    '{"execute":"guest-ssh-add-authorized-keys","arguments":{"username":"root"}}': { etc: {} },
    '{"execute":"guest-ssh-remove-authorized-keys","arguments":{"username":"root"}}': { etc: {} },
    '{"execute":"guest-exec","arguments":{"path":"/bin/sh","arg":["-c","umask"]}}': {},
    '{"execute":"guest-exec","arguments":{"path":"true"}}': {},
    '{"execute":"guest-set-time","arguments":{"time":9223372036854775807}}': {},
  };
  for (const [bytes, world] of Object.entries(copies)) {
    test(`but where an agent has copies: ${bytes}`, () => {
      expect(() => guard(bytes)).toThrow(Refused);
      expect(() => guard(bytes, "it says so")).toThrow(Refused);
      expect(() => guard(bytes, undefined, world)).toThrow(Refused);
      expect(() => guard(bytes, "copies", world)).not.toThrow();
    });
  }

  const harmfulAnywhere = [
    '{"execute":"guest-ssh-add-authorized-keys","arguments":{"username":"daemon","keys":[]}}',
    '{"execute":"guest-ssh-add-authorized-keys","arguments":{"user\\u006eame":"daemon","keys":[]}}',
    '{"execute":"guest-exec","arguments":{"path":"/bin/sh","arg":["-c","reboot"]}}',
    '{"execute":"guest-exec","arguments":{"path":"/bin/sh","arg":["-c","umask; reboot"]}}',
    '{"execute":"guest-exec","arguments":{"path":"reboot"}}',
    '{"execute":"guest-exec","arguments":{"path":"true","path":"reboot"}}',
    '{"execute":"guest-exec","arguments":{"path":"true"}}{"execute":"guest-exec","arguments":{"path":"reboot"}}',
    "{'execute':'guest-exec','arguments':{'path':'reboot'}}",
    '{"execute":"guest-set-time","arguments":{"time":1700000000000000000}}',
    '{"execute":"guest-set-time","arguments":{"time":-1}}',
    '{"execute":"guest-set-time","arguments":{}}',
    '{"execute":"guest-fstrim","arguments":{}}',
    '{"execute":"guest-fsfreeze-freeze"}',
    '{"execute":"guest-shutdown"}',
  ];
  const everything: World = { etc: {}, trees: { "/sys/devices/system/cpu": {}, "/sys/devices/system/memory": {} } };
  for (const bytes of harmfulAnywhere) {
    test(`not even there: ${bytes}`, () => {
      expect(() => guard(bytes, "it says so", everything)).toThrow(Refused);
    });
  }
});
