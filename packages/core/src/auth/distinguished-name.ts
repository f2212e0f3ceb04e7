export function isDistinguishedName(text: string): boolean {
  return text.includes('=')
}
