import type { Logger } from '../seams/logger.js'
import type { DataTree } from '../tree/data-tree.js'
import { DIGEST_VERSION } from '../tree/tree-digest.js'
import type { TxnDigest } from '../tree/txn.js'
import { type Zxid, zxidHex } from '../zxid.js'

/** Whether the tree is, after each transaction, what it was where the transaction was made. */
export class DigestCheck {
  private mismatches = 0
  private isSuspended = false

  constructor(
    private readonly tree: DataTree,
    private readonly logger: Logger,
  ) {}

  /** A transaction that carries this digest has been applied. Only the first difference is reported. */
  applied(digest: TxnDigest, zxid: Zxid): void {
    const { tree } = this
    if (
      this.isSuspended ||
      !tree.options.digestEnabled ||
      digest.version !== DIGEST_VERSION ||
      tree.digest.equals(digest)
    )
      return
    this.mismatches++
    if (this.mismatches > 1) return
    this.logger.error({ zxid: `0x${zxidHex(zxid)}` }, 'the tree differs from the one that the transaction was made for')
  }

  /** The tree has become another one: the next difference is news again. */
  reset(): void {
    this.mismatches = 0
  }

  /**
   * The tree is of a snapshot that was made while transactions were applied, and shows some of what comes next: until
   * {@link resume} it is compared with nothing.
   */
  suspend(): void {
    this.isSuspended = true
  }

  resume(): void {
    this.isSuspended = false
  }
}
