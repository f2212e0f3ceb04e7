;; CRC-32 (IEEE 802.3) of what lies in the memory, eight bytes a step, by the eight tables of 256 numbers at its start.
;; `scripts/build-checksums.mjs` makes crc32-module.ts of it.
(module
  (memory (export "memory") 1)
  (func $crc (param $p i32) (param $end i32) (param $crc i32) (result i32)
    (local $low i32) (local $high i32)
    (block $short
      (loop $steps
        (br_if $short (i32.gt_u (i32.add (local.get $p) (i32.const 8)) (local.get $end)))
        (local.set $low (i32.xor (local.get $crc) (i32.load (local.get $p))))
        (local.set $high (i32.load offset=4 (local.get $p)))
        (local.set $crc
          (i32.xor
            (i32.xor
              (i32.xor
                (i32.load offset=7168 (i32.shl (i32.and (local.get $low) (i32.const 255)) (i32.const 2)))
                (i32.load offset=6144 (i32.and (i32.shr_u (local.get $low) (i32.const 6)) (i32.const 1020))))
              (i32.xor
                (i32.load offset=5120 (i32.and (i32.shr_u (local.get $low) (i32.const 14)) (i32.const 1020)))
                (i32.load offset=4096 (i32.and (i32.shr_u (local.get $low) (i32.const 22)) (i32.const 1020)))))
            (i32.xor
              (i32.xor
                (i32.load offset=3072 (i32.shl (i32.and (local.get $high) (i32.const 255)) (i32.const 2)))
                (i32.load offset=2048 (i32.and (i32.shr_u (local.get $high) (i32.const 6)) (i32.const 1020))))
              (i32.xor
                (i32.load offset=1024 (i32.and (i32.shr_u (local.get $high) (i32.const 14)) (i32.const 1020)))
                (i32.load (i32.and (i32.shr_u (local.get $high) (i32.const 22)) (i32.const 1020)))))))
        (local.set $p (i32.add (local.get $p) (i32.const 8)))
        (br $steps)))
    (block $done
      (loop $rest
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $crc (i32.xor (i32.shr_u (local.get $crc) (i32.const 8))
          (i32.load (i32.shl (i32.and (i32.xor (local.get $crc) (i32.load8_u (local.get $p))) (i32.const 255)) (i32.const 2)))))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br $rest)))
    (local.get $crc))
  ;; A znode of a snapshot: path, data, and its stat in the order of the digest, where pzxid is third instead of last.
  (func (export "znode") (param $path i32) (param $pathEnd i32) (param $data i32) (param $dataEnd i32) (param $stat i32)
    (result i32)
    (local $crc i32)
    (local.set $crc (call $crc (local.get $path) (local.get $pathEnd) (i32.const -1)))
    (local.set $crc (call $crc (local.get $data) (local.get $dataEnd) (local.get $crc)))
    (local.set $crc (call $crc (local.get $stat) (i32.add (local.get $stat) (i32.const 16)) (local.get $crc)))
    (local.set $crc (call $crc (i32.add (local.get $stat) (i32.const 52)) (i32.add (local.get $stat) (i32.const 60)) (local.get $crc)))
    (local.set $crc (call $crc (i32.add (local.get $stat) (i32.const 16)) (i32.add (local.get $stat) (i32.const 52)) (local.get $crc)))
    (i32.xor (local.get $crc) (i32.const -1))))
