;; Adler-32 of what lies in the memory, sixteen bytes at a time. `scripts/build-checksums.mjs` makes adler32-module.ts of it.
(module
  (memory (export "memory") 1)
  ;; Continues $adler over $n bytes at $p.
  (func (export "adler") (param $p i32) (param $n i32) (param $adler i32) (result i32)
    (local $a i32) (local $b i32) (local $stop i32) (local $end i32)
    (local $v v128) (local $va v128) (local $vb v128) (local $vp v128) (local $lo v128) (local $hi v128)
    (local.set $a (i32.and (local.get $adler) (i32.const 0xffff)))
    (local.set $b (i32.shr_u (local.get $adler) (i32.const 16)))
    (local.set $end (i32.add (local.get $p) (local.get $n)))
    (block $done
      (loop $runs
        (br_if $done (i32.lt_u (i32.sub (local.get $end) (local.get $p)) (i32.const 16)))
        ;; So many at most, whole blocks, before the sums are reduced: they pass 2^32 otherwise (RFC 1950).
        (local.set $stop (i32.add (local.get $p)
          (select (i32.const 5552)
                  (i32.and (i32.sub (local.get $end) (local.get $p)) (i32.const -16))
                  (i32.gt_u (i32.sub (local.get $end) (local.get $p)) (i32.const 5552)))))
        ;; What was summed before the run counts once for each of its bytes.
        (local.set $b (i32.add (local.get $b) (i32.mul (local.get $a) (i32.sub (local.get $stop) (local.get $p)))))
        (local.set $va (v128.const i32x4 0 0 0 0))
        (local.set $vb (v128.const i32x4 0 0 0 0))
        (local.set $vp (v128.const i32x4 0 0 0 0))
        (loop $blocks
          (local.set $v (v128.load (local.get $p)))
          ;; What was summed before the block counts sixteen times, which is multiplied at the end.
          (local.set $vp (i32x4.add (local.get $vp) (local.get $va)))
          (local.set $va (i32x4.add (local.get $va)
            (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (local.get $v)))))
          (local.set $vb (i32x4.add (local.get $vb) (i32x4.add
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $v)) (v128.const i16x8 16 15 14 13 12 11 10 9))
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $v)) (v128.const i16x8 8 7 6 5 4 3 2 1)))))
          (br_if $blocks (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 16))) (local.get $stop))))
        (local.set $vb (i32x4.add (local.get $vb) (i32x4.shl (local.get $vp) (i32.const 4))))
        (local.set $a (i32.add (local.get $a) (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $va)) (i32x4.extract_lane 1 (local.get $va)))
          (i32.add (i32x4.extract_lane 2 (local.get $va)) (i32x4.extract_lane 3 (local.get $va))))))
        (local.set $b (i32.add (local.get $b) (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $vb)) (i32x4.extract_lane 1 (local.get $vb)))
          (i32.add (i32x4.extract_lane 2 (local.get $vb)) (i32x4.extract_lane 3 (local.get $vb))))))
        (local.set $a (i32.rem_u (local.get $a) (i32.const 65521)))
        (local.set $b (i32.rem_u (local.get $b) (i32.const 65521)))
        (br $runs)))
    (block $finished
      (loop $rest
        (br_if $finished (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $a (i32.add (local.get $a) (i32.load8_u (local.get $p))))
        (local.set $b (i32.add (local.get $b) (local.get $a)))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br $rest)))
    (i32.or (i32.shl (i32.rem_u (local.get $b) (i32.const 65521)) (i32.const 16))
            (i32.rem_u (local.get $a) (i32.const 65521)))))
