// A server on memory and a free port, and a client that talks to it.
import { connect } from '@menagerie/client'
import { Server } from '@menagerie/core'
import { transportTcp } from '@menagerie/transport-tcp'

const server = await Server.start({ plugins: [transportTcp({ listen: [{ port: 0 }] })] })
const [{ host, port }] = server.addresses

const client = await connect(`${host}:${port}`)
await client.create('/greeting', new TextEncoder().encode('hello'))
const { data, stat } = await client.getData('/greeting')
console.log(`${new TextDecoder().decode(data)}, version ${stat.version}`)

await client.close()
await server.close()
