/** The znodes of a broker domain, as in figure 3 of the paper, and what they hold. */
import { type Client, CreateMode, NodeExistsError } from '@menagerie/client'
import { ConfigStore, ensurePath, jsonCodec } from '@menagerie/recipes'
import { z } from 'zod'

/** The broker domain of this example. */
const DOMAIN = '/news'

export const paths = {
  domain: DOMAIN,
  /** One ephemeral znode for each broker that lives: {@link Status}. */
  nodes: `${DOMAIN}/nodes`,
  /** One znode for each topic: {@link Replicas}. */
  topics: `${DOMAIN}/topics`,
  topic: (topic: string) => `${DOMAIN}/topics/${topic}`,
  /** Ephemeral, of the broker that takes the topic's messages: {@link Place}. */
  primary: (topic: string) => `${DOMAIN}/topics/${topic}/primary`,
  /** Ephemeral, of the broker that has a copy of them: {@link Place}. */
  backup: (topic: string) => `${DOMAIN}/topics/${topic}/backup`,
  /** How far a subscriber has come. Belongs to no session: it comes back. */
  subscriber: (topic: string, name: string) => `${DOMAIN}/topics/${topic}/subscribers/${name}`,
}

/**
 * Who has every acknowledged message of a topic: only they may become its primary. Changed by the primary of this epoch, and by
 * the next one, which raises the epoch. Nobody before the first primary.
 */
export interface Replicas {
  readonly epoch: number
  readonly brokers: readonly string[]
}

export interface Place {
  readonly broker: string
  readonly host: string
  readonly port: number
  /** Of a primary: the one it has begun. */
  readonly epoch?: number
}

/** Load and status of a broker. */
export interface Status {
  readonly enabled: boolean
  readonly primaryOf: readonly string[]
  readonly backupOf: readonly string[]
  /** In its logs. */
  readonly messages: number
}

export const replicas = jsonCodec<Replicas>()
export const places = jsonCodec<Place>()
export const statuses = jsonCodec<Status>()

/** The switches of the domain, which every broker follows. */
export const switches = (client: Client) =>
  new ConfigStore(client, DOMAIN, {
    /** Brokers that are to give up their topics and take no others. */
    broker_disabled: z.array(z.string()).default([]),
    /** Topics stay where they are, except for the dead and the disabled. */
    migration_prohibited: z.boolean().default(false),
    /** All brokers are to end. */
    shutdown: z.boolean().default(false),
  })

/** Makes the folders. Whoever comes first does it. */
export const prepare = (client: Client): Promise<void> => ensurePath(client, paths.topics, CreateMode.PERSISTENT)

/** Creates a topic, unless it is there. */
export async function createTopic(client: Client, topic: string): Promise<void> {
  await prepare(client)
  await client.create(paths.topic(topic), replicas.encode({ epoch: 0, brokers: [] })).catch(error => {
    if (!(error instanceof NodeExistsError)) throw error
  })
  await ensurePath(client, `${paths.topic(topic)}/subscribers`, CreateMode.PERSISTENT)
}
