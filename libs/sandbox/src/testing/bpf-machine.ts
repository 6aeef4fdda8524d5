import type { Instruction } from '../seccomp/bpf-program';

/** A system call as the kernel shows it to a filter; arguments as 64 bits. */
export interface Attempt {
  readonly number: number;
  readonly auditArchitecture: number;
  readonly arguments?: readonly bigint[];
}

/** Runs the few instructions that our filters use, as the kernel would, and answers what the filter answers. */
export function runFilter(program: readonly Instruction[], attempt: Attempt): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(attempt.number, 0);
  data.writeUInt32LE(attempt.auditArchitecture, 4);
  for (const [index, argument] of (attempt.arguments ?? []).entries())
    data.writeBigUInt64LE(BigInt.asUintN(64, argument), 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 1) {
    const { code, jt, jf, k } = program[at] ?? { code: 0, jt: 0, jf: 0, k: 0 };
    if (code === 0x20) accumulator = data.readUInt32LE(k);
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (code === 0x15) at += accumulator === k ? jt : jf;
    else if (code === 0x35) at += accumulator >= k ? jt : jf;
    else if (code === 0x06) return k;
    else throw new Error(`an instruction that no filter of ours has: ${code.toString(16)}`);
  }
  throw new Error('the filter has no end');
}
