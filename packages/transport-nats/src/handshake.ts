/**
 * How a link begins: a learner asks at the subject of its leader, and each end names the subject's token where it
 * takes frames, and what it has room for. Texts in JSON, so that `nats sub 'PREFIX.>'` shows who meets whom.
 */
import { z } from 'zod'

/** Raised when frames or handshakes change so that versions do not understand each other. */
export const WIRE_VERSION = 1

const terms = {
  /** Last word of the subject where the sender takes this link's frames. */
  token: z.string().regex(/^[0-9a-f]{32}$/),
  windowBytes: z.number().int().min(1024),
  packetBytesMax: z.number().int().min(1),
}

const serverId = z.number().int().min(0)

const opening = z.object({
  version: z.number().int(),
  ensemble: z.string(),
  from: serverId,
  to: serverId,
  ...terms,
})

const answer = z.union([
  z.object({ accepted: z.literal(true), ...terms }),
  z.object({ accepted: z.literal(false), reason: z.string() }),
])

const presence = z.object({
  ensemble: z.string(),
  server: serverId,
  instance: z.string(),
})

/** What one end of a link tells the other about itself. */
export interface LinkTerms {
  readonly token: string
  readonly windowBytes: number
  readonly packetBytesMax: number
}

export type Opening = z.output<typeof opening>
export type Answer = z.output<typeof answer>
/** Who listens under an id; `instance` differs with every start. */
export type Presence = z.output<typeof presence>

/** Undefined where the bytes are something else. */
export const decodeOpening = (bytes: Uint8Array): Opening | undefined => parse(opening, bytes)
export const decodeAnswer = (bytes: Uint8Array): Answer | undefined => parse(answer, bytes)
export const decodePresence = (bytes: Uint8Array): Presence | undefined => parse(presence, bytes)

export function encodeJson(value: Opening | Answer | Presence): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/** Why a server does not take a link; undefined where it does. */
export function refusalOf(request: Opening, self: number, ensemble: string): string | undefined {
  if (request.version !== WIRE_VERSION)
    return `it speaks version ${WIRE_VERSION} of this transport and was asked in version ${request.version}`
  if (request.ensemble !== ensemble) return `it belongs to ensemble "${ensemble}", not to "${request.ensemble}"`
  if (request.to !== self) return `it is server ${self}, not server ${request.to}`
  if (request.from === self) return `it is server ${self} itself`
  return undefined
}

function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array): T | undefined {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
  return schema.safeParse(value).data
}
