import { type Architecture, type Syscall, syscallNumber } from './syscall-numbers';

/** What the kernel does with a call. `errno` 0 pretends that it was done. */
export type Verdict = 'allow' | { readonly errno: number };

/** True when `(argument & mask) === value`; arguments are looked at as 32 bits, as the kernel takes the ones named here. */
export interface Condition {
  /** 0 to 5. */
  readonly argument: number;
  readonly mask?: number;
  readonly value: number;
  /** The condition holds when they differ. */
  readonly isNot?: boolean;
}

export interface Clause {
  /** All must hold; none: always. */
  readonly when: readonly Condition[];
  readonly verdict: Verdict;
}

/** The first clause that holds decides. The last must always hold. */
export interface Rule {
  readonly calls: readonly Syscall[];
  readonly clauses: readonly Clause[];
}

/** One instruction of classic BPF, see linux/filter.h. */
export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const loadWord = 0x20;
const jumpEqual = 0x15;
const jumpAtLeast = 0x35;
const and = 0x54;
const answer = 0x06;

const killProcess = 0x8000_0000;
const allow = 0x7fff_0000;
const failWith = 0x0005_0000;

/** Offsets in struct seccomp_data. */
const numberOffset = 0;
const architectureOffset = 4;
const argumentOffset = (argument: number): number => 16 + 8 * argument;

/** AUDIT_ARCH_*, of linux/audit.h. */
const auditArchitectures = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;
/** x86-64 has a second table of calls from here on, for 32-bit pointers. */
const x32Calls = 0x4000_0000;
const ENOSYS = 38;

const instruction = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k: k >>> 0 });

const answerOf = (verdict: Verdict): Instruction =>
  instruction(answer, verdict === 'allow' ? allow : failWith | verdict.errno);

function clauseProgram({ when, verdict }: Clause): readonly Instruction[] {
  const steps = when.flatMap(({ argument, mask }) => [
    instruction(loadWord, argumentOffset(argument)),
    ...(mask === undefined ? [] : [instruction(and, mask)]),
    instruction(jumpEqual, 0),
  ]);
  let condition = 0;
  // A condition that does not hold leaves the clause, past its answer.
  const linked = steps.map((step, index) => {
    if (step.code !== jumpEqual) return step;
    const { value, isNot = false } = when[condition++] ?? { value: 0 };
    const past = steps.length - index;
    return instruction(jumpEqual, value, isNot ? past : 0, isNot ? 0 : past);
  });
  return [...linked, answerOf(verdict)];
}

/**
 * A seccomp filter that knows exactly the calls of `rules`: any other fails with ENOSYS, as on a kernel without it; a call of
 * another architecture kills the process.
 *
 * @throws Error for a rule that is too long to jump over, or whose last clause may not hold
 */
export function bpfProgram(rules: readonly Rule[], architecture: Architecture): readonly Instruction[] {
  const head = [
    instruction(loadWord, architectureOffset),
    instruction(jumpEqual, auditArchitectures[architecture], 1, 0),
    instruction(answer, killProcess),
    instruction(loadWord, numberOffset),
    instruction(jumpAtLeast, x32Calls, 0, 1),
    answerOf({ errno: ENOSYS }),
  ];
  const body = rules.flatMap(({ calls, clauses }) => {
    if (clauses.at(-1)?.when.length !== 0) throw new Error(`the rule for ${calls.join(', ')} has no end`);
    const program = clauses.flatMap(clauseProgram);
    if (program.length > 255) throw new Error(`the rule for ${calls.join(', ')} is too long`);
    return calls.flatMap((call) => {
      const number = syscallNumber(call, architecture);
      return number === undefined ? [] : [instruction(jumpEqual, number, 0, program.length), ...program];
    });
  });
  return [...head, ...body, answerOf({ errno: ENOSYS })];
}

/** As the kernel, bubblewrap and the launcher read it: struct sock_filter, little endian. */
export function bpfBytes(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(jt, index * 8 + 2);
    bytes.writeUInt8(jf, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  }
  return bytes;
}
