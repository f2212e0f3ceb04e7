/** `inner` with some members replaced; the others see `inner` as their `this`. */
export function wrap<T extends object>(inner: T, replaced: Partial<T>): T {
  return new Proxy(inner, {
    get(target, key) {
      if (key in replaced) return Reflect.get(replaced, key)
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
