import t from 'tap'
import { BlockArena, classBytes, classOf, LARGE } from '../../dist/tree/block-arena.js'
import { Seeded } from '../seeded.js'

/** Chunks of the arena, which has no use for counting them itself. */
function chunksOf(arena: BlockArena): number {
  return (arena as unknown as { chunks: Uint8Array[] }).chunks.length
}

t.test('every size has the least class that holds it, and classes waste an eighth at most', async t => {
  for (let size = 0; size <= LARGE; size++) {
    const bytes = classBytes(classOf(size))
    if (bytes < size || (size > 1024 && bytes > size * 1.125 + 16) || bytes % 16 !== 0) t.fail(`${size}: ${bytes}`)
    if (classOf(size) > 0 && classBytes(classOf(size) - 1) >= size) t.fail(`${size} fits a smaller class`)
  }
})

t.test('blocks keep their bytes whatever is allocated and released around them', async t => {
  for (const seed of [1, 2, 3]) {
    const random = new Seeded(seed)
    const arena = new BlockArena()
    const blocks: { address: number; size: number; mark: number }[] = []
    const sizes = [0, 1, 15, 16, 17, 1023, 1024, 1025, 1151, 1152, 1153, 2048, 2049, LARGE - 1, LARGE, LARGE + 1]
    for (let step = 0; step < 4000; step++) {
      if (blocks.length > 0 && (random.chance(2) || blocks.length > 300)) {
        const [block] = blocks.splice(random.below(blocks.length), 1)
        const bytes = arena.array(block.address, block.size)
        const offset = arena.offset(block.address, block.size)
        for (let i = 0; i < block.size; i++) {
          if (bytes[offset + i] !== block.mark) return t.fail(`seed ${seed}, step ${step}: byte ${i} was overwritten`)
        }
        arena.release(block.address, block.size)
      } else {
        const size = random.chance(2) ? random.pick(sizes) : random.below(3000)
        const address = arena.allocate(size)
        const mark = 1 + random.below(255)
        const offset = arena.offset(address, size)
        arena.array(address, size).fill(mark, offset, offset + size)
        blocks.push({ address, size, mark })
      }
    }
  }
})

t.test('cycles of allocating and releasing take no more memory than the first', async t => {
  const arena = new BlockArena()
  const sizes = Array.from({ length: 3000 }, (_, i) => (i * 37) % 5000)
  const cycle = () => {
    const addresses = sizes.map(size => arena.allocate(size))
    sizes.forEach((size, i) => {
      arena.release(addresses[i], size)
    })
  }
  cycle()
  const chunks = chunksOf(arena)
  for (let i = 0; i < 20; i++) cycle()
  t.equal(chunksOf(arena), chunks)
})

t.test('memory that blocks of one size have left serves another size', async t => {
  const arena = new BlockArena()
  let most = 0
  for (const size of [100, 200, 1000, 5000, 16_000, 64, 16]) {
    const addresses = Array.from({ length: Math.floor(4_000_000 / size) }, () => arena.allocate(size))
    most = Math.max(most, chunksOf(arena))
    // Not in the order of their making.
    for (const half of [0, 1]) {
      for (let i = half; i < addresses.length; i += 2) arena.release(addresses[i], size)
    }
  }
  t.ok(most <= 6, `${most} MiB for 4 MB at a time`)
})

t.test('a page that is emptied but for one block is filled again before another is begun', async t => {
  const arena = new BlockArena()
  const addresses = Array.from({ length: 100_000 }, () => arena.allocate(100))
  const chunks = chunksOf(arena)
  for (const [i, address] of addresses.entries()) if (i % 500 !== 0) arena.release(address, 100)
  for (let i = 0; i < 99_000; i++) arena.allocate(100)
  t.equal(chunksOf(arena), chunks)
})

t.test('addresses reach beyond what 32 bits can sign', async t => {
  // 33,000 and 65,536 chunks without 64 GiB: the arena only ever looks at the one that an address names.
  for (const chunks of [33_000, 65_536]) {
    const arena = new BlockArena()
    const inside = arena as unknown as { chunks: Uint8Array[]; pageCount: number }
    inside.chunks.push(...new Array<Uint8Array>(chunks - 1))
    inside.pageCount = (chunks - 1) * 16
    const addresses = [arena.allocate(100), arena.allocate(100), arena.allocate(100), arena.allocate(100)]
    t.ok(addresses[0] > 2 ** 31 && addresses[3] < 2 ** 32)
    for (const address of addresses.slice(1)) arena.release(address, 100)
    t.strictSame(
      [arena.allocate(100), arena.allocate(100), arena.allocate(100)],
      addresses.slice(1).reverse(),
      `${chunks} chunks`,
    )
  }
})
