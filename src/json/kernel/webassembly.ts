/** What is used of WebAssembly, whose types TypeScript has only beside those of a browser. */
interface WebAssemblyNamespace {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (descriptor: {
    /** Pages of 64 KiB. */
    readonly initial: number;
  }) => WasmMemory;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: object };
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** @param pages of 64 KiB. */
  grow(pages: number): number;
}

export const { Module, Memory, Instance } = (
  globalThis as unknown as { readonly WebAssembly: WebAssemblyNamespace }
).WebAssembly;
