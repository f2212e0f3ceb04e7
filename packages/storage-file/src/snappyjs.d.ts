declare module 'snappyjs' {
  function compress(bytes: Uint8Array): Uint8Array
  function uncompress(bytes: Uint8Array, maxLength?: number): Uint8Array
  const snappy: { compress: typeof compress; uncompress: typeof uncompress }
  export default snappy
}
