// Of WebAssembly, which every JavaScript engine has, the kernel's own library of types knows nothing.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { readonly exports: unknown }
}

/** Memory of a module: its buffer is another one after it has grown. */
export interface ModuleMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** What a module exports. Undefined where the processor or the engine lacks something that it uses. */
export function instantiate<T>(module: Uint8Array): T | undefined {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(module)).exports as T
  } catch {
    return undefined
  }
}
