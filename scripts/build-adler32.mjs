// Makes packages/core/src/checksums/adler32-module.ts of adler32.wat, which lies beside it. A test keeps the two in step.
import { readFile, writeFile } from 'node:fs/promises'
import wabt from 'wabt'

const directory = new URL('../packages/core/src/checksums/', import.meta.url)

/** The module as TypeScript. */
export async function adler32Module() {
  const text = await readFile(new URL('adler32.wat', directory), 'utf8')
  const module = (await wabt()).parseWat('adler32.wat', text, { simd: true })
  const bytes = [...module.toBinary({}).buffer]
  module.destroy()
  const lines = []
  for (let i = 0; i < bytes.length; i += 24) lines.push(`  ${bytes.slice(i, i + 24).join(', ')},`)
  return [
    '// Made by scripts/build-adler32.mjs; do not edit.',
    '',
    '/** adler32.wat, assembled. */',
    '// biome-ignore format: bytes',
    'export const ADLER32_MODULE = Uint8Array.of(',
    ...lines,
    ')',
    '',
  ].join('\n')
}

if (process.argv[1] === import.meta.filename) {
  await writeFile(new URL('adler32-module.ts', directory), await adler32Module())
}
