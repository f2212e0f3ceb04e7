import { KeeperCode, OpCode } from '../../jute/codes.js'
import type { JuteReader } from '../../jute/reader.js'
import { Create2Response, GetChildren2Response, GetDataResponse, MultiHeader, Stat } from '../../jute/records.js'
import { decodeUtf8 } from '../../jute/utf8.js'
import type { Zxid } from '../../zxid.js'
import type { Reply, Request } from '../history/index.js'

/** The reply to `request`, whose header has been read. */
export function decodeReply(request: Request, zxid: Zxid, code: number, reader: JuteReader): Reply {
  if (request.kind === 'multi') {
    return { code, zxid, results: reader.remaining > 0 ? decodeMulti(zxid, reader) : undefined }
  }
  if (code !== KeeperCode.Ok) return { code, zxid }
  switch (request.kind) {
    case 'create': {
      const { path, stat } = Create2Response.read(reader)
      return { code, zxid, path, stat }
    }
    case 'setData':
    case 'exists':
      return { code, zxid, stat: Stat.read(reader) }
    case 'getData':
    case 'reconfig': {
      const { data, stat } = GetDataResponse.read(reader)
      return { code, zxid, data: textOf(data), stat }
    }
    case 'getChildren': {
      const { children, stat } = GetChildren2Response.read(reader)
      return { code, zxid, children: [...children!].sort(), stat }
    }
    default:
      return { code, zxid }
  }
}

function decodeMulti(zxid: Zxid, reader: JuteReader): Reply[] {
  const results: Reply[] = []
  for (;;) {
    const header = MultiHeader.read(reader)
    if (header.done) return results
    switch (header.type) {
      case OpCode.create2: {
        const { path, stat } = Create2Response.read(reader)
        results.push({ code: 0, zxid, path, stat })
        break
      }
      case OpCode.create:
        results.push({ code: 0, zxid, path: reader.ustring()! })
        break
      case OpCode.setData:
        results.push({ code: 0, zxid, stat: Stat.read(reader) })
        break
      case OpCode.error:
        results.push({ code: reader.int(), zxid })
        break
      default:
        results.push({ code: 0, zxid })
    }
  }
}

function textOf(data: Uint8Array | null): string {
  return data === null ? '' : decodeUtf8(data, 0, data.length)
}
