import { type ListenerBench, ManualClock, type TestDialer } from '@menagerie/core/contract'
import { type MemoryClient, MemoryListener } from '@menagerie/core/memory'

/** A MemoryListener for the contract kit. */
export function memoryBench(clock = new ManualClock(), listener = new MemoryListener(clock)): ListenerBench {
  return {
    listener,
    dial: async () => new MemoryDialer(listener),
    advance: ms => clock.advance(ms),
    dispose: () => listener.close(),
  }
}

export class MemoryDialer implements TestDialer {
  private readonly client: MemoryClient
  private chunks: Uint8Array[] = []
  private size = 0
  private over = false
  private wake: () => void = () => {}

  constructor(listener: MemoryListener) {
    this.client = listener.dial({
      data: bytes => {
        this.chunks.push(bytes)
        this.size += bytes.length
        this.wake()
      },
      closed: () => {
        this.over = true
        this.wake()
      },
    })
    this.client.pause()
  }

  send(bytes: Uint8Array): void {
    this.client.send(bytes)
  }

  async receive(count: number): Promise<Uint8Array> {
    await this.readUntil(() => this.size >= count || this.over)
    if (this.size < count) throw new Error(`the connection ended after ${this.size} of ${count} bytes`)
    return this.take(count)
  }

  async receiveAll(): Promise<Uint8Array> {
    await this.readUntil(() => this.over)
    return this.take(this.size)
  }

  end(): void {
    this.client.end()
  }

  destroy(): void {
    this.over = true
    this.client.destroy()
    this.wake()
  }

  private async readUntil(condition: () => boolean): Promise<void> {
    this.client.resume()
    while (!condition()) await new Promise<void>(resolve => (this.wake = resolve))
    this.client.pause()
  }

  private take(count: number): Uint8Array {
    const whole = new Uint8Array(this.size)
    let at = 0
    for (const chunk of this.chunks) {
      whole.set(chunk, at)
      at += chunk.length
    }
    this.chunks = count < whole.length ? [whole.subarray(count)] : []
    this.size -= count
    return whole.subarray(0, count)
  }
}
