import { z } from 'zod';
import { malformations } from '../chat/performance';
import { finishReasons } from '../chat/reply';

/** Names what may stand there, which zod's own message does not. */
const strict = <Fields extends z.ZodRawShape>(fields: Fields): z.ZodObject<Fields, z.core.$strict> =>
  z.strictObject(fields, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `expected no other keys than ${Object.keys(fields).join(', ')}; found ${(issue.keys ?? []).join(', ')}`
        : undefined,
  });

const milliseconds = z.number().nonnegative().max(86_400_000);
const count = z.number().int().nonnegative().max(1_000_000);

const toolCallSchema = strict({
  name: z.string().min(1),
  /** An object, or a string that is sent as it stands (and so may be no JSON at all). */
  args: z
    .union([z.record(z.string(), z.unknown()), z.string()], { error: 'expected an object or a string' })
    .default({}),
  id: z.string().min(1).optional(),
});

const faultFields = {
  status: z.number().int().min(400).max(599).optional(),
  retry_after: z.number().nonnegative().optional(),
  message: z.string().optional(),
  timeout: z.literal(true).optional(),
  reject_connection: z.literal(true).optional(),
  hang_after_tokens: count.optional(),
  break_after_tokens: count.optional(),
  malformed: z.enum(malformations).optional(),
};

const responseFields = {
  text: z.string().optional(),
  tokens: count.optional(),
  tool_calls: z.array(toolCallSchema).optional(),
  usage: z
    .union([z.literal('none'), strict({ prompt: count, completion: count })], {
      error: 'expected {prompt, completion} or the word none',
    })
    .optional(),
  finish_reason: z.enum(finishReasons).nullable().optional(),
  before_headers_ms: milliseconds.default(0),
  before_first_token_ms: milliseconds.default(0),
  between_tokens_ms: milliseconds.optional(),
  tokens_per_second: z.number().positive().max(100_000).optional(),
  ...faultFields,
};

type ResponseShape = z.infer<z.ZodObject<typeof responseFields>>;
type Report = (path: string, message: string) => void;

const faultKeys = [
  'status',
  'timeout',
  'reject_connection',
  'hang_after_tokens',
  'break_after_tokens',
  'malformed',
] as const satisfies readonly (keyof ResponseShape)[];

const speechKeys = ['text', 'tokens', 'tool_calls'] as const satisfies readonly (keyof ResponseShape)[];

const knownVariables = ['last_tool_result', 'last_user_message'];

/** What single fields cannot say: which of them exclude or need each other. */
function checkTogether(response: ResponseShape, report: Report): void {
  const faults = faultKeys.filter((key) => response[key] !== undefined);
  const second = faults[1];
  if (second !== undefined) report(second, `expected one fault at most, found ${faults.join(' and ')}`);
  const isSilent = response.status !== undefined || response.timeout || response.reject_connection;
  const speech = speechKeys.find((key) => response[key] !== undefined);
  if (isSilent && speech !== undefined) report(speech, `expected nothing to say beside ${String(faults[0])}`);
  if (!isSilent && speech === undefined)
    report('text', 'expected text, tokens, tool_calls or a fault that answers nothing');
  if (response.text !== undefined && response.tokens !== undefined)
    report('tokens', 'expected text or tokens, found both');
  if (response.between_tokens_ms !== undefined && response.tokens_per_second !== undefined)
    report('tokens_per_second', 'expected between_tokens_ms or tokens_per_second, found both');
  for (const key of ['retry_after', 'message'] as const)
    if (response[key] !== undefined && response.status === undefined)
      report(key, 'expected only beside status');
  if (response.malformed === 'tool_args' && (response.tool_calls ?? []).length === 0)
    report('malformed', 'expected tool_calls, whose arguments it spoils');
  for (const [, name] of (response.text ?? '').matchAll(/\{\{\s*(last_\w+)\s*\}\}/g))
    if (name !== undefined && !knownVariables.includes(name))
      report('text', `expected {{${knownVariables.join('}} or {{')}}}, found {{${name}}}`);
}

export const responseSchema = strict(responseFields).superRefine((response, context) => {
  checkTogether(response, (path, message) => {
    context.addIssue({ code: 'custom', path: [path], message });
  });
});

const attemptsSchema = strict({ attempts: z.array(responseSchema).min(1) });

/** A turn is one response, or `attempts` of them. Told apart by hand, so that faults name the field and not the union. */
export const turnSchema = z.unknown().transform((turn, context) => {
  const hasAttempts = typeof turn === 'object' && turn !== null && 'attempts' in turn;
  const parsed = hasAttempts ? attemptsSchema.safeParse(turn) : responseSchema.safeParse(turn);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  }
  return 'attempts' in parsed.data ? parsed.data.attempts : [parsed.data];
});

export const scenarioSchema = strict({
  name: z.string().min(1).optional(),
  match: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  after_last_turn: z.enum(['error', 'repeat']).default('error'),
  turns: z.array(turnSchema).min(1),
});

export const scenarioFileSchema = strict({
  scenarios: z
    .record(z.string().min(1), scenarioSchema)
    .refine((scenarios) => Object.keys(scenarios).length > 0, 'expected at least one scenario'),
});

export type ResponseFields = z.infer<typeof responseSchema>;
export type ScenarioFields = z.infer<typeof scenarioSchema>;
