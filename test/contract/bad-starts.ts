/** What keeps the program from starting, and what it says about it. */

export interface BadStart {
  readonly what: string;
  /** Paths are relative to the folder that `prepare` has filled. */
  readonly args: readonly string[];
  /** What the one line on standard error has to say. */
  readonly says: RegExp;
}

/** The folder: `state/` and `folder/`, the files below, and a socket `occupied` on which somebody listens. */
export const files: Readonly<Record<string, string>> = {
  "text.conf": "[general]\nverbose=true\n",
  "no-group.conf": "verbose=true\n",
  "no-header.conf": "[general\n",
  "bad-value.conf": "[general]\nverbose=maybe\n",
  "bad.pem": "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n",
};

const channel = (method: string, path: string) => ["-m", method, "-p", path, "-t", "state"];
const tls = (certificate: string, key: string, authorities: string) => [
  ...channel("tcp-listen", "0.0.0.0:0"),
  `--tls-cert=${certificate}`,
  `--tls-key=${key}`,
  `--tls-ca=${authorities}`,
];

export const badStarts: readonly BadStart[] = [
  { what: "an unknown long option", args: ["--nonsense"], says: /unrecognized option '--nonsense'/ },
  { what: "an unknown letter", args: ["-x"], says: /invalid option -- 'x'/ },
  { what: "an option without its value", args: ["-m"], says: /option requires an argument -- 'm'/ },
  { what: "an unknown method", args: channel("pigeon", "p"), says: /unsupported channel method\/type: pigeon.*virtio-serial/ },
  { what: "a configuration file that is missing", args: ["-c", "missing.conf"], says: /cannot read .*'missing\.conf'/ },
  { what: "a configuration file that is a folder", args: ["-c", "folder"], says: /cannot read .*'folder'/ },
  { what: "a configuration file without a group", args: ["-c", "no-group.conf"], says: /no-group\.conf:1: / },
  { what: "a configuration file with half a group", args: ["-c", "no-header.conf"], says: /no-header\.conf:1: / },
  { what: "a configuration file with a bad value", args: ["-c", "bad-value.conf"], says: /bad-value\.conf:2: .*'maybe'/ },
  { what: "a state folder that is missing", args: ["-m", "unix-listen", "-p", "s", "-t", "missing"], says: /state folder 'missing'/ },
  { what: "a state folder that is a file", args: ["-m", "unix-listen", "-p", "s", "-t", "text.conf"], says: /'text\.conf/ },
  { what: "a log file that is a folder", args: [...channel("unix-listen", "s"), "-l", "folder"], says: /log file 'folder'/ },
  { what: "a virtio port that is missing", args: channel("virtio-serial", "missing"), says: /'missing': No such file or directory/ },
  { what: "a virtio port that is a file", args: channel("virtio-serial", "text.conf"), says: /'text\.conf'.*no character device/ },
  { what: "a virtio port that is a folder", args: channel("virtio-serial", "folder"), says: /'folder'.*no character device/ },
  { what: "a serial port that is a file", args: channel("isa-serial", "text.conf"), says: /'text\.conf'.*no character device/ },
  { what: "a serial port that is no terminal", args: channel("isa-serial", "/dev/null"), says: /'\/dev\/null'/ },
  { what: "a socket without a path", args: ["-m", "unix-listen", "-t", "state"], says: /must specify a path/ },
  { what: "a socket in a folder that is missing", args: channel("unix-listen", "missing/s"), says: /'missing' is not there/ },
  { what: "a socket's path that is a file", args: channel("unix-listen", "text.conf"), says: /'text\.conf' is there and is no socket/ },
  { what: "a socket on which somebody listens", args: channel("unix-listen", "occupied"), says: /another process listens on 'occupied'/ },
  { what: "an address without a port", args: channel("tcp-listen", "nonsense"), says: /'nonsense' is not HOST:PORT/ },
  { what: "a vsock address without a port", args: channel("vsock-listen", "3:"), says: /'3:' is not CID:PORT/ },
  {
    what: "a vsock address with a CID that there is not",
    args: channel("vsock-listen", "4294967296:5"),
    says: /the CID 4294967296 is above/,
  },
  {
    what: "a vsock address of another machine",
    args: channel("vsock-listen", "4294967294:5"),
    says: /'4294967294:5': this (machine does not have that CID|kernel has no vsock)/,
  },
  {
    what: "a list of CIDs that is none",
    args: [...channel("vsock-listen", "4294967295:5"), "--vsock-peers=host"],
    says: /'host' is no list of CIDs/,
  },
  { what: "an open address without TLS", args: channel("tcp-listen", "0.0.0.0:0"), says: /needs mutual TLS/ },
  { what: "TLS without its key", args: [...channel("tcp-listen", "0.0.0.0:0"), "--tls-cert=tls/agent.pem"], says: /also needs/ },
  { what: "a certificate that is missing", args: tls("missing.pem", "tls/agent.key", "tls/authority.pem"), says: /'missing\.pem'/ },
  { what: "a certificate that is damaged", args: tls("bad.pem", "tls/agent.key", "tls/authority.pem"), says: /'bad\.pem'/ },
  {
    what: "a certificate that is none",
    args: tls("text.conf", "tls/agent.key", "tls/authority.pem"),
    says: /'text\.conf' has no certificate/,
  },
  { what: "a key that is none", args: tls("tls/agent.pem", "text.conf", "tls/authority.pem"), says: /'text\.conf' is no private key/ },
  { what: "a key of another certificate", args: tls("tls/agent.pem", "tls/client.key", "tls/authority.pem"), says: /does not belong/ },
  { what: "authorities that are damaged", args: tls("tls/agent.pem", "tls/agent.key", "bad.pem"), says: /'bad\.pem'/ },
];
