/** What a member tells about itself, as its znode holds it. */
export interface Profile {
  /** Where it can be asked. */
  readonly url: string
  readonly pid: number
}

export const encodeProfile = (profile: Profile): Uint8Array => new TextEncoder().encode(JSON.stringify(profile))
export const decodeProfile = (payload: Uint8Array): Profile => JSON.parse(new TextDecoder().decode(payload)) as Profile
