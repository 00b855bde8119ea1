/**
 * What `lodger/plugin` shows of TypeBox, for the declarations that authors are given: TypeBox's own are hundreds of files for types that no
 * plugin can declare. test/unit/authoring/declarations.test.ts holds both to the same meaning.
 */

/** A declared type: JSON Schema with the TypeScript type of its values. */
export interface TSchema {
  readonly "~static": unknown;
}

interface Of<T> extends TSchema {
  readonly "~static": T;
}

/** The TypeScript type of the values that a declared type has. */
export type Static<T extends TSchema> = T["~static"];

export type TString = Of<string>;
export type TBoolean = Of<boolean>;
export type TLiteral<V extends string | number | boolean> = Of<V>;
export type TUnsafe<T> = Of<T>;
export type TArray<T extends TSchema> = Of<Static<T>[]>;
export type TUnion<T extends TSchema[]> = Of<Static<T[number]>>;
export type TOptional<T extends TSchema> = T & { readonly "~optional": true };

export interface TProperties {
  [name: string]: TSchema;
}

type OptionalNames<P extends TProperties> = { [K in keyof P]: P[K] extends { readonly "~optional": true } ? K : never }[keyof P];

/** One object type, so that an editor shows the members and not how they came about. */
type Flat<T> = { [K in keyof T]: T[K] };
type Members<P extends TProperties> = Flat<
  { [K in Exclude<keyof P, OptionalNames<P>>]: Static<P[K]> } & { [K in OptionalNames<P>]?: Static<P[K]> }
>;

export interface TObject<P extends TProperties = TProperties> extends TSchema {
  readonly "~static": Members<P>;
  readonly type: "object";
  readonly properties: P;
}

/** A member that may be missing. */
export declare function Optional<T extends TSchema>(type: T): TOptional<T>;
/** One value. */
export declare function Literal<const V extends string | number | boolean>(value: V, options?: object): TLiteral<V>;
/** A value of any of the types. */
export declare function Union<T extends TSchema[]>(types: [...T], options?: object): TUnion<T>;
/** JSON Schema of your own, with the TypeScript type that it stands for: `Type.Unsafe<string>({ type: "string", minLength: 1 })`. */
export declare function Unsafe<T>(schema: object): TUnsafe<T>;
