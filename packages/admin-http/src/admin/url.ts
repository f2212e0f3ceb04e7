export interface AdminUrl {
  /** Empty for the list of commands. */
  readonly command: string
  /** The first value of each parameter. */
  readonly parameters: ReadonlyMap<string, string>
}

/** What a request asks for; undefined for what is not below `commandUrl`, `'malformed'` for what no URL can be made of. */
export function parseAdminUrl(text: string, commandUrl: string): AdminUrl | 'malformed' | undefined {
  let url: URL
  let path: string
  try {
    // Some clients send the whole URL, as to a proxy; the host is of no interest.
    url = new URL(text, 'http://localhost')
    path = decodeURIComponent(url.pathname)
  } catch {
    return 'malformed'
  }
  if (path !== commandUrl && !path.startsWith(`${commandUrl}/`)) return undefined
  const parameters = new Map<string, string>()
  for (const [name, value] of url.searchParams) if (!parameters.has(name)) parameters.set(name, value)
  return { command: path.slice(commandUrl.length + 1), parameters }
}
