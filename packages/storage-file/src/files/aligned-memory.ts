declare const WebAssembly: {
  Memory: new (pages: {
    initial: number
    maximum: number
  }) => { readonly buffer: ArrayBuffer; grow(pages: number): unknown }
}

/** Of WebAssembly. */
const PAGE = 64 * 1024

/**
 * Bytes that begin where a page of the processor does, which disks ask of whoever writes past the cache. Buffers of
 * JavaScript begin anywhere; memory of WebAssembly begins at a page. None is taken before it is needed.
 */
export class AlignedMemory {
  /** Another array whenever {@link holds} has made it longer, with what the last one had. */
  bytes = new Uint8Array(0)
  private memory: InstanceType<typeof WebAssembly.Memory> | undefined

  /** @param max bytes */
  constructor(private readonly max: number) {}

  /** Makes room for so many bytes. @returns false: it can not be had */
  holds(length: number): boolean {
    if (length <= this.bytes.length) return true
    if (length > this.max) return false
    try {
      this.memory ??= new WebAssembly.Memory({ initial: 1, maximum: Math.ceil(this.max / PAGE) })
      const missing = Math.ceil(length / PAGE) - this.memory.buffer.byteLength / PAGE
      if (missing > 0) this.memory.grow(missing)
    } catch {
      // It takes address space of gigabytes, of which nothing is used, and there may be a limit.
      return false
    }
    this.bytes = new Uint8Array(this.memory.buffer)
    return true
  }

  /** Lets go of it. */
  release(): void {
    this.memory = undefined
    this.bytes = new Uint8Array(0)
  }
}
