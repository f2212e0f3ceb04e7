// Makes packages/core/src/checksums/*-module.ts of the *.wat beside them. A test keeps them in step.
import { readFile, writeFile } from 'node:fs/promises'
import wabt from 'wabt'

const directory = new URL('../packages/core/src/checksums/', import.meta.url)

export const CHECKSUMS = ['adler32', 'crc32']

/** The module of one of them as TypeScript. */
export async function checksumModule(name) {
  const text = await readFile(new URL(`${name}.wat`, directory), 'utf8')
  const module = (await wabt()).parseWat(`${name}.wat`, text, { simd: true })
  const bytes = [...module.toBinary({}).buffer]
  module.destroy()
  const lines = []
  for (let i = 0; i < bytes.length; i += 24) lines.push(`  ${bytes.slice(i, i + 24).join(', ')},`)
  return [
    '// Made by scripts/build-checksums.mjs; do not edit.',
    '',
    `/** ${name}.wat, assembled. */`,
    '// biome-ignore format: bytes',
    `export const ${name.toUpperCase()}_MODULE = Uint8Array.of(`,
    ...lines,
    ')',
    '',
  ].join('\n')
}

if (process.argv[1] === import.meta.filename) {
  for (const name of CHECKSUMS) {
    await writeFile(new URL(`${name}-module.ts`, directory), await checksumModule(name))
  }
}
