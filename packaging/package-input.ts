/** What a package is made of, whatever its kind. */
export interface PackageInput {
  readonly version: string;
  readonly architecture: Architecture;
  /** `dist/lodger-linux-…`. */
  readonly executable: string;
  /** The bundler's file of licences. */
  readonly legal: string;
  /** Every time in the package, in seconds since 1970. */
  readonly seconds: number;
  readonly output: string;
  /** Large and soon: for a test. */
  readonly fast: boolean;
}

/** As each kind of package calls it. */
export interface Architecture {
  readonly target: string;
  readonly deb: string;
  readonly rpm: string;
}

/** The executables that packages are made from. Those for musl have no such packages: their systems take the file as it is. */
export const architectures: readonly Architecture[] = [
  { target: "linux-x64", deb: "amd64", rpm: "x86_64" },
  { target: "linux-arm64", deb: "arm64", rpm: "aarch64" },
];
