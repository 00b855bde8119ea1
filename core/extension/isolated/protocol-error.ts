/** The other end of the channel said what it may not say. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}
