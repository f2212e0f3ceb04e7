import { MenagerieError, type SnapshotInfo, type SnapshotSource, type Snapshotter, type Zxid } from '@menagerie/core'
import { open, type RootDatabase } from 'lmdb'

/** Chunks under ['chunk', number, index]; then ['marker', zxid] says that they are all there, and which number. */
export class LmdbSnapshotter implements Snapshotter {
  private database!: RootDatabase
  private lastNumber = 0

  constructor(readonly location: string) {}

  async open(): Promise<void> {
    this.database ??= open({ path: this.location, overlappingSync: false })
    // Chunks without a marker are what a crash has left.
    const complete = new Set(this.markers().map(marker => marker.number))
    for (const key of [...this.database.getKeys(under('chunk'))] as [string, number, number][]) {
      this.lastNumber = key[1]
      if (!complete.has(key[1])) this.database.removeSync(key)
    }
  }

  async write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
    const number = ++this.lastNumber
    let bytes = 0
    let index = 0
    const add = (chunk: Uint8Array) => {
      bytes += chunk.length
      this.database.putSync(['chunk', number, index++], Buffer.from(chunk))
    }
    try {
      for await (const chunk of source.body) add(chunk)
      for (const section of source.trailers()) add(section)
      const earlier = this.markers().filter(marker => marker.zxid === zxid)
      const marker = { zxid, name: `snapshot.${zxid.toString(16)}`, bytes, number }
      this.remove(earlier, () => this.database.put(['marker', zxid], marker))
      return marker
    } catch (cause) {
      throw new MenagerieError('SNAPSHOT_IO', `snapshot ${zxid} could not be written: ${cause}`, { cause })
    }
  }

  list = async (): Promise<readonly SnapshotInfo[]> => this.markers()

  async *read({ zxid, name }: SnapshotInfo): AsyncGenerator<Uint8Array> {
    const marker = this.markers().find(marker => marker.zxid === zxid)
    if (!marker) throw new MenagerieError('SNAPSHOT_MISSING', `${name} is not in ${this.location}`)
    for (const { value } of this.database.getRange(under('chunk', marker.number))) yield Buffer.from(value)
  }

  discardAfter = async (zxid: Zxid) => this.remove(this.markers().filter(marker => marker.zxid > zxid))

  async purge(keep: number): Promise<Zxid> {
    this.remove(this.markers().slice(keep))
    return this.markers().at(-1)?.zxid ?? 0
  }

  close = async (): Promise<void> => this.database?.close()

  /** Newest first. */
  private markers(): Marker[] {
    return [...this.database.getRange(under('marker'))].map(({ value }) => value).reverse()
  }

  /** All in one transaction, `andThen` too. */
  private remove(markers: readonly Marker[], andThen: () => unknown = () => {}): void {
    this.database.transactionSync(() => {
      for (const { zxid, number } of markers) {
        const chunks = [...this.database.getKeys(under('chunk', number))]
        for (const key of [['marker', zxid], ...chunks]) this.database.remove(key)
      }
      andThen()
    })
  }
}

type Marker = SnapshotInfo & { readonly number: number }

/** All keys that begin with these parts. */
const under = (...parts: (string | number)[]) => ({ start: [...parts, 0], end: [...parts, Number.MAX_SAFE_INTEGER] })
