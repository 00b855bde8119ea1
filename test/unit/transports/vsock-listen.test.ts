import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_SETTINGS } from "../../../core/config/no-settings.ts";
import { LinuxVsockSockets } from "../../../core/os/linux/vsock.ts";
import { type Log, OsError } from "../../../core/plugin.ts";
import { parseAddress } from "../../../transports/vsock-listen/address.ts";
import { vsockListen } from "../../../transports/vsock-listen/index.ts";

const ignore = () => {};
const log: Log = { error: ignore, critical: ignore, warning: ignore, message: ignore, info: ignore, debug: ignore };

describe("CID:PORT", () => {
  test("is read as qemu-ga reads it", () => {
    expect(parseAddress("4294967295:1024")).toEqual({ cid: 4_294_967_295, port: 1024 });
    expect(parseAddress("3:4294967294")).toEqual({ cid: 3, port: 4_294_967_294 });
    expect(parseAddress("03:02000")).toEqual({ cid: 3, port: 2000 }); // in decimal
    expect(parseAddress("1:0")).toEqual({ cid: 1, port: 0 });
  });

  test.for([
    ["3", "'3' is not CID:PORT"],
    ["3:", "'3:' is not CID:PORT"],
    [":1024", "':1024' is not CID:PORT"],
    ["x:y", "'x:y' is not CID:PORT"],
    ["-1:5", "'-1:5' is not CID:PORT"],
    ["3:1024 ", "'3:1024 ' is not CID:PORT"],
    ["3:1024\n", "'3:1024\n' is not CID:PORT"],
    ["3:1024:5", "'3:1024:5' is not CID:PORT"],
    ["0x3:1024", "'0x3:1024' is not CID:PORT"],
    ["4294967296:1024", "the CID 4294967296 is above 4294967295"],
    ["3:4294967295", "the port 4294967295 is above 4294967294"],
    ["3:99999999999999999999999", "the port 99999999999999999999999 is above"],
  ] as const)("%j is refused", ([text, says]) => {
    expect(() => parseAddress(text)).toThrow(says);
  });

  test("is nothing else", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^\d+:\d+$/.test(text));
        expect(() => parseAddress(text)).toThrow("is not CID:PORT");
      }),
    );
  });
});

describe("what keeps it from listening, and what to do", () => {
  class Failing extends LinuxVsockSockets {
    readonly #failure: OsError;

    constructor(failure: OsError) {
      super();
      this.#failure = failure;
    }

    override listen(): number {
      throw this.#failure;
    }
  }

  test.for([
    [
      "EAFNOSUPPORT",
      "this kernel has no vsock: give the machine a vsock device, and load its driver (modprobe vmw_vsock_virtio_transport)",
    ],
    ["EADDRNOTAVAIL", "this machine does not have that CID: 4294967295 stands for whatever it has"],
    ["EADDRINUSE", "another process listens there: end it or choose another port"],
    ["EACCES", "only root may listen on a port below 1024"],
    ["ENOMEM", "the text of the system (bind)"],
  ] as const)("%s", async ([code, says]) => {
    const transport = vsockListen(new Failing(new OsError(code, 1, "the text of the system", "bind")));
    const settings = { ...NO_SETTINGS, path: "3:1024" };
    await expect(transport.listen(settings, log, new AbortController().signal)).rejects.toThrow(
      new Error(`error opening channel '3:1024': ${says}`),
    );
  });
});
