import { OpCode } from '@menagerie/core/jute'

/**
 * Frames as lines of text that lose nothing: two frames render alike only if every byte that has to be
 * alike is. It reads the bytes by itself, not through the codec of the server under test. What no two
 * servers share (times, session ids, passwords, absolute zxids) is replaced by what it stands for.
 */
export interface Names {
  /** A transaction id, relative to the beginning of the scenario. */
  zxid(value: bigint): string
  /** @param zxid the transaction that it is the time of */
  time(value: bigint, zxid: bigint): string
  session(value: bigint): string
}

class Fields {
  private at = 0
  constructor(
    private readonly bytes: Buffer,
    readonly names: Names,
  ) {}

  int(): number {
    this.at += 4
    return this.bytes.readInt32BE(this.at - 4)
  }

  long(): bigint {
    this.at += 8
    return this.bytes.readBigInt64BE(this.at - 8)
  }

  bool(): string {
    const value = this.bytes.readUInt8(this.at++)
    return value === 0 ? 'false' : value === 1 ? 'true' : `bool(${value})`
  }

  /** Text in quotes if it is well-formed UTF-8, otherwise hex. */
  buffer(): string {
    const length = this.int()
    if (length === -1) return 'null'
    if (length < 0 || this.at + length > this.bytes.length) throw new RangeError('length')
    const part = this.bytes.subarray(this.at, (this.at += length))
    const text = part.toString('utf8')
    return Buffer.from(text, 'utf8').equals(part) ? JSON.stringify(text) : `hex:${part.toString('hex')}`
  }

  vector(element: () => string): string {
    const length = this.int()
    if (length === -1) return 'null'
    if (length < 0 || length > this.bytes.length) throw new RangeError('length')
    return `[${Array.from({ length }, element).join(', ')}]`
  }

  /** Names whose order means nothing: Apache lists them in the order of its hash tables. */
  set(element: () => string): string {
    const list = this.vector(element)
    return list === 'null' || list === '[]' ? list : `[${list.slice(1, -1).split(', ').sort().join(', ')}]`
  }

  rest(): string {
    return this.at < this.bytes.length ? ` +bytes ${this.bytes.subarray(this.at).toString('hex')}` : ''
  }

  zxid(): string {
    return this.names.zxid(this.long())
  }

  acl(): string {
    return this.vector(() => `${this.int()} ${this.buffer()}:${this.buffer()}`)
  }

  stat(): string {
    const { names } = this
    const czxid = this.long()
    const mzxid = this.long()
    const ctime = this.long()
    const mtime = this.long()
    const version = this.int()
    const cversion = this.int()
    const aversion = this.int()
    const owner = this.names.session(this.long())
    const dataLength = this.int()
    const numChildren = this.int()
    const pzxid = this.zxid()
    // Times are as long as the run; what is certain is how the two of one node relate.
    const relation = mtime < ctime ? 'before' : version === 0 && mtime !== ctime ? 'differs' : names.time(mtime, mzxid)
    return (
      `stat{czxid=${names.zxid(czxid)} mzxid=${names.zxid(mzxid)} ctime=${names.time(ctime, czxid)} ` +
      `mtime=${relation} version=${version} ` +
      `cversion=${cversion} aversion=${aversion} owner=${owner} dataLength=${dataLength} ` +
      `numChildren=${numChildren} pzxid=${pzxid}}`
    )
  }

  results(): string {
    const results: string[] = []
    for (;;) {
      const type = this.int()
      const done = this.bool()
      const err = this.int()
      if (done !== 'false') return `[${results.join(', ')}] end(${type} ${done} ${err})`
      results.push(`(${type} ${err}${type === OpCode.error ? ` ${this.int()}` : body(type, this)})`)
    }
  }
}

function body(opcode: number, f: Fields): string {
  switch (opcode) {
    case OpCode.create:
      return ` path=${f.buffer()}`
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return ` path=${f.buffer()} ${f.stat()}`
    case OpCode.exists:
    case OpCode.setData:
    case OpCode.setACL:
      return ` ${f.stat()}`
    case OpCode.getData:
    case OpCode.reconfig:
      return ` data=${f.buffer()} ${f.stat()}`
    case OpCode.getACL:
      return ` acl=${f.acl()} ${f.stat()}`
    case OpCode.getChildren:
      return ` children=${f.set(() => f.buffer())}`
    case OpCode.getChildren2:
      return ` children=${f.set(() => f.buffer())} ${f.stat()}`
    case OpCode.getEphemerals:
      return ` paths=${f.set(() => f.buffer())}`
    case OpCode.sync:
      return ` path=${f.buffer()}`
    case OpCode.getAllChildrenNumber:
      return ` count=${f.int()}`
    case OpCode.addWatch:
      return ` err=${f.int()}`
    case OpCode.sasl:
      return ` token=${f.buffer()}`
    case OpCode.whoAmI:
      return ` clients=${f.set(() => `${f.buffer()}:${f.buffer()}`)}`
    case OpCode.multi:
    case OpCode.multiRead:
      return ` ${f.results()}`
    default:
      return ''
  }
}

/** A reply or an event. `opcodeOf` tells what was asked under an xid. */
export function renderFrame(bytes: Uint8Array, names: Names, opcodeOf: (xid: number) => number | undefined): string {
  const buffer = Buffer.from(bytes)
  try {
    const f = new Fields(buffer, names)
    const xid = f.int()
    const zxid = f.zxid()
    const err = f.int()
    if (xid === -1) {
      return `event zxid=${zxid} err=${err} type=${f.int()} state=${f.int()} path=${f.buffer()}${f.rest()}`
    }
    const opcode = opcodeOf(xid)
    const content = err === 0 && opcode !== undefined && buffer.length > 16 ? body(opcode, f) : ''
    return `reply xid=${xid} zxid=${zxid} err=${err}${content}${f.rest()}`
  } catch {
    return `frame ${buffer.toString('hex')}`
  }
}

/** A ConnectResponse, with or without the byte for read-only mode. */
export function renderConnectResponse(bytes: Uint8Array, names: Names): string {
  const buffer = Buffer.from(bytes)
  try {
    const f = new Fields(buffer, names)
    const head = `protocol=${f.int()} timeout=${f.int()} session=${names.session(f.long())}`
    const length = f.int()
    const passwd = buffer.subarray(20, 20 + length)
    const secret = passwd.every(byte => byte === 0) ? 'zeros' : 'secret'
    const rest = buffer.subarray(20 + length)
    return `connected ${head} passwd=${length} ${secret} rest=${rest.toString('hex')}`
  } catch {
    return `frame ${buffer.toString('hex')}`
  }
}
