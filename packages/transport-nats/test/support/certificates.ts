import { execFileSync } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificates {
  readonly caFile: string
  /** Signed by caFile, for localhost, for servers and clients. */
  readonly certFile: string
  readonly keyFile: string
  /** An authority that signed nothing. */
  readonly otherCaFile: string
}

export async function certificates(): Promise<Certificates> {
  const dir = await mkdtemp(join(tmpdir(), 'menagerie-nats-tls-'))
  const openssl = (line: string) => execFileSync('openssl', line.split(' '), { cwd: dir, stdio: 'ignore' })
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
  for (const name of ['ca', 'other'])
    openssl(`req -x509 ${key} -keyout ${name}.key -out ${name}.pem -days 2 -subj /CN=${name}`)
  openssl(`req ${key} -keyout node.key -out node.csr -subj /CN=localhost`)
  await writeFile(join(dir, 'extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  openssl('x509 -req -in node.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out node.pem')
  const [caFile, certFile, keyFile, otherCaFile] = ['ca.pem', 'node.pem', 'node.key', 'other.pem'].map(name =>
    join(dir, name),
  )
  return { caFile, certFile, keyFile, otherCaFile }
}
