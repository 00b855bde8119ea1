/** Names something that can be injected, and carries its type. Plugins list tokens under `needs`. */
export class Token<T> {
  readonly name: string;
  /** What the container knows it by. The same for all tokens of a name: plugins from different files mean the same thing by it. */
  readonly key: symbol;
  /** Only for the type checker: no value is ever here. */
  declare readonly type: T;

  constructor(name: string) {
    this.name = name;
    this.key = Symbol.for(`lodger:${name}`);
  }
}
