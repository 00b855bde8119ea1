/** Something the person who builds can put right: shown as one line, without a stack. */
export class BuildFailure extends Error {
  override readonly name = "BuildFailure";
}
