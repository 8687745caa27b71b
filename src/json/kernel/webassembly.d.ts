/** What is used of WebAssembly, whose types TypeScript has only beside those of a browser. */
declare namespace WebAssembly {
  const Module: new (bytes: Uint8Array) => object;
  class Memory {
    constructor(descriptor: { readonly initial: number });
    readonly buffer: ArrayBuffer;
    /** @param pages of 64 KiB. */
    grow(pages: number): number;
  }
  class Global {
    readonly value: number;
  }
  class Instance {
    constructor(
      module: object,
      imports: { readonly env: { readonly memory: Memory } },
    );
    readonly exports: object;
  }
}
