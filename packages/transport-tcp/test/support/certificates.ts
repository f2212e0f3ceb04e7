import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small authority of its own, made with openssl in a folder that the test removes. */
export class TestAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), 'menagerie-tls-'))
  readonly caFile: string
  private serial = 0

  constructor(name = 'Test CA') {
    this.caFile = this.file('ca.pem')
    const ca = this.request('ca', ['-x509', '-days', '2', '-out', this.caFile], `/CN=${name}`)
    this.caKey = ca.key
  }

  private readonly caKey: string

  /** The authority's own certificate with its key. */
  get caKeyStore(): string {
    return this.write('ca-with-key.pem', readFileSync(this.caKey, 'utf8') + readFileSync(this.caFile, 'utf8'))
  }

  /** A certificate signed by this authority: PEM file with key and chain. */
  issue(subject: string, options: { san?: string; name?: string; password?: string } = {}): string {
    const name = options.name ?? `leaf${++this.serial}`
    const { key, out: request } = this.request(name, ['-out', this.file(`${name}.csr`)], subject)
    const certificate = this.file(`${name}.crt`)
    const extensions = this.write(`${name}.ext`, options.san === undefined ? '' : `subjectAltName=${options.san}\n`)
    this.openssl(
      ['x509', '-req', '-in', request, '-CA', this.caFile, '-CAkey', this.caKey, '-set_serial', `${++this.serial}`],
      ['-days', '2', '-extfile', extensions, '-out', certificate],
    )
    return this.write(`${name}.pem`, this.keyText(key, options.password) + readFileSync(certificate, 'utf8'))
  }

  /** An empty revocation list, or one with the certificate of `revoked` in it. */
  revocationList(revoked?: string): string {
    const database = this.write('index.txt', '')
    const config = this.write(
      'ca.cnf',
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${database}\ndefault_md=sha256\ndefault_crl_days=2\n`,
    )
    const base = ['ca', '-config', config, '-cert', this.caFile, '-keyfile', this.caKey]
    if (revoked !== undefined) this.openssl(base, ['-revoke', revoked])
    const list = this.file('crl.pem')
    this.openssl(base, ['-gencrl', '-out', list])
    return list
  }

  file(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, text: string): string {
    writeFileSync(this.file(name), text)
    return this.file(name)
  }

  openssl(...args: string[][]): void {
    execFileSync('openssl', args.flat(), { stdio: ['ignore', 'ignore', 'pipe'] })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  private request(name: string, extra: string[], subject: string): { key: string; out: string } {
    const key = this.file(`${name}.key`)
    this.openssl(
      ['req', '-utf8', '-multivalue-rdn', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'],
      ['-keyout', key, '-subj', subject, ...extra],
    )
    return { key, out: extra[extra.indexOf('-out') + 1] }
  }

  private keyText(key: string, password: string | undefined): string {
    if (password === undefined) return readFileSync(key, 'utf8')
    const encrypted = `${key}.enc`
    this.openssl(['pkcs8', '-topk8', '-in', key, '-out', encrypted, '-passout', `pass:${password}`])
    return readFileSync(encrypted, 'utf8')
  }
}
