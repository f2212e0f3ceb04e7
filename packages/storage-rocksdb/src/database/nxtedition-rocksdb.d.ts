/** The functions below the binding's classes, of which batches that are used again need some. All are synchronous. */
declare module '@nxtedition/rocksdb/binding.js' {
  interface Database {
    readonly database: unique symbol
  }
  interface Batch {
    readonly batch: unique symbol
  }
  const binding: {
    /** @param handle of a database that is open */
    db_init(handle: bigint): Database
    db_clear(database: Database, range: { readonly gte: Uint8Array; readonly lt: Uint8Array }): void
    batch_init(): Batch
    batch_clear(batch: Batch): void
    batch_put(batch: Batch, key: Uint8Array, value: Uint8Array, options: object): void
    batch_write(database: Database, batch: Batch, options: { readonly sync: boolean }): void
  }
  export default binding
}
