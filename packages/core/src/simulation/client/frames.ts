/** Puts frames together again out of the pieces that arrive. */
export class FrameAssembler {
  private rest: Uint8Array = new Uint8Array(0)

  /** Calls `frame` with the bytes of each whole frame, without its length; stops when it gives false. */
  push(bytes: Uint8Array, frame: (bytes: Uint8Array, start: number, end: number) => boolean): void {
    let all = bytes
    if (this.rest.length > 0) {
      all = new Uint8Array(this.rest.length + bytes.length)
      all.set(this.rest)
      all.set(bytes, this.rest.length)
    }
    let at = 0
    while (all.length - at >= 4) {
      const length = (all[at] << 24) | (all[at + 1] << 16) | (all[at + 2] << 8) | all[at + 3]
      if (all.length - at - 4 < length) break
      if (!frame(all, at + 4, at + 4 + length)) {
        this.rest = new Uint8Array(0)
        return
      }
      at += 4 + length
    }
    this.rest = all.slice(at)
  }
}
