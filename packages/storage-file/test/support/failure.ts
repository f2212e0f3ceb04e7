/** An error as Node throws it. */
export function failure(code: string, path = ''): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
