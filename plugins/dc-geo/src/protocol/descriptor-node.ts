/** The .proto files as data, in the form protobufjs reads and writes: a package, a message, an enum or a service. */
export interface DescriptorNode {
  /** Of a package or message. */
  readonly nested?: Readonly<Record<string, DescriptorNode>>;
  /** Of a message. */
  readonly fields?: Readonly<Record<string, FieldNode>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
  /** Of an enum. */
  readonly values?: Readonly<Record<string, number>>;
  readonly valuesOptions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of a service. */
  readonly methods?: Readonly<Record<string, MethodNode>>;
}

export interface FieldNode {
  readonly type: string;
  readonly id: number;
  readonly rule?: 'repeated';
  readonly options?: { readonly proto3_optional: true };
}

export interface MethodNode {
  readonly requestType: string;
  readonly responseType: string;
  readonly responseStream?: true;
}
