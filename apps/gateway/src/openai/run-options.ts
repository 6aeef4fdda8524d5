import {
  type AnswerFormat,
  type ClientTool,
  LuminaError,
  type RunOptions,
  type Sampling,
} from '@lumina/contracts';
import type { RequestedChoice } from './request-tools';

/** What both APIs can ask for, in our terms; undefined is not asked for. */
export interface Wishes {
  readonly instructions: string;
  readonly tools: readonly ClientTool[] | undefined;
  readonly choice: RequestedChoice | undefined;
  readonly isParallelCallsAllowed: boolean | undefined;
  readonly answerFormat: AnswerFormat | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly sampling: { readonly [Name in keyof Sampling]: Sampling[Name] | undefined };
}

/** @throws LuminaError LUM_VALIDATION_FAILED when a tool is chosen that is not among the tools */
export function runOptionsOf(wishes: Wishes): RunOptions {
  const { instructions, choice, isParallelCallsAllowed, answerFormat, maxOutputTokens } = wishes;
  const tools = allowedTools(wishes);
  const sampling: Sampling = given(wishes.sampling);
  return given({
    instructions: instructions.trim() === '' ? undefined : instructions,
    clientTools: tools.length === 0 ? undefined : [...tools],
    toolChoice: choice?.choice,
    isParallelCallsAllowed,
    answerFormat,
    maxOutputTokens,
    sampling: Object.keys(sampling).length === 0 ? undefined : sampling,
  });
}

function allowedTools({ tools = [], choice }: Wishes): readonly ClientTool[] {
  const wanted = choice?.allowed ?? (typeof choice?.choice === 'object' ? [choice.choice.name] : []);
  const missing = wanted.find((name) => !tools.some((tool) => tool.name === name));
  if (missing !== undefined) {
    const fields = [{ field: 'tool_choice', expected: `one of the tools of this request, got "${missing}"` }];
    throw new LuminaError('LUM_VALIDATION_FAILED', `tool_choice: expected ${fields[0]?.expected ?? ''}`, {
      fields,
    });
  }
  const { allowed } = choice ?? {};
  return allowed === undefined ? tools : tools.filter(({ name }) => allowed.includes(name));
}

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

const given = <Fields extends object>(fields: Fields): Given<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>;
