/** An operator, an account and a user as `nsc` would make them, for a nats-server that trusts JWTs. */
import { createHash } from 'node:crypto'
import { nkeys } from 'nats'

type KeyPair = ReturnType<typeof nkeys.createUser>

export interface Operator {
  readonly config: string
  readonly account: KeyPair
}

export function operatorConfig(): Operator {
  const operator = nkeys.createOperator()
  const account = nkeys.createAccount()
  const operatorJwt = sign(operator, operator.getPublicKey(), { type: 'operator', version: 2 })
  const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 }
  const accountJwt = sign(operator, account.getPublicKey(), { type: 'account', version: 2, limits: unlimited })
  const id = account.getPublicKey()
  const config = `operator: ${operatorJwt}\nresolver: MEMORY\nresolver_preload: { ${id}: ${accountJwt} }`
  return { config, account }
}

/** A .creds file of a user of the account. */
export function credentials({ account }: Operator): string {
  const user = nkeys.createUser()
  const jwt = sign(account, user.getPublicKey(), { type: 'user', version: 2, subs: -1, data: -1, payload: -1 })
  const seed = Buffer.from(user.getSeed()).toString()
  return [
    '-----BEGIN NATS USER JWT-----',
    jwt,
    '------END NATS USER JWT------',
    '',
    '-----BEGIN USER NKEY SEED-----',
    seed,
    '------END USER NKEY SEED------',
    '',
  ].join('\n')
}

function sign(issuer: KeyPair, subject: string, nats: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iat: Math.floor(Date.now() / 1000), iss: issuer.getPublicKey(), name: 'test', sub: subject, nats }
  const jti = createHash('sha256').update(JSON.stringify(claims)).digest('hex')
  const unsigned = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode({ ...claims, jti })}`
  return `${unsigned}.${Buffer.from(issuer.sign(Buffer.from(unsigned))).toString('base64url')}`
}
