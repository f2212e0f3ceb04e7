/** How many bytes of new arrays `body` asks for. */
export function reservedBytes(body: () => void): number {
  const Real = globalThis.Uint8Array
  let reserved = 0
  globalThis.Uint8Array = new Proxy(Real, {
    construct(target, args, newTarget) {
      if (typeof args[0] === 'number') reserved += args[0]
      return Reflect.construct(target, args, newTarget === globalThis.Uint8Array ? target : newTarget)
    },
  })
  try {
    body()
  } finally {
    globalThis.Uint8Array = Real
  }
  return reserved
}
