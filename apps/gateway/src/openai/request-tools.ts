import type { AnswerFormat, ClientTool, ToolChoice } from '@lumina/contracts';
import { z } from 'zod';

const name = z
  .string({ error: 'a name' })
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'a name of up to 64 letters, digits, _ and -');

const functionFields = {
  name,
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
};

const isFunction = z.literal('function', {
  error: '"function": tools of the server are part of the agent, and are not named in a request',
});

const toTool = ({
  description,
  parameters,
  strict,
  ...rest
}: z.infer<z.ZodObject<typeof functionFields>>): ClientTool => ({
  name: rest.name,
  description: description ?? '',
  parameters: parameters ?? { type: 'object', properties: {} },
  ...(typeof strict === 'boolean' ? { isStrict: strict } : {}),
});

const differentNames = (tools: readonly ClientTool[]): boolean =>
  new Set(tools.map((tool) => tool.name)).size === tools.length;

const listOf = (tool: z.ZodType<ClientTool>) =>
  z.array(tool).max(128).refine(differentNames, 'tools of different names');

/** Tools as the Responses API has them. */
export const responseToolsSchema = listOf(
  z.looseObject({ type: isFunction, ...functionFields }).transform(toTool),
);

/** Tools as Chat Completions has them. */
export const chatToolsSchema = listOf(
  z
    .looseObject({ type: isFunction, function: z.looseObject(functionFields) })
    .transform((tool) => toTool(tool.function)),
);

const modes = z.enum(['auto', 'none', 'required'], {
  error: '"auto", "none", "required", or an object that names one of the tools',
});

/** Both APIs' forms; `allowed` names the only tools that may be called. */
export interface RequestedChoice {
  readonly choice: ToolChoice;
  readonly allowed?: readonly string[];
}

const named = z.looseObject({ type: z.literal('function'), name });
const chatNamed = z.looseObject({ type: z.literal('function'), function: z.looseObject({ name }) });
const allowedFields = {
  mode: z.enum(['auto', 'required']),
  tools: z.array(z.union([named, chatNamed.transform((tool) => tool.function)])).min(1),
};
const toAllowed = ({ mode, tools }: { mode: 'auto' | 'required'; tools: readonly { name: string }[] }) => ({
  choice: mode,
  allowed: tools.map((tool) => tool.name),
});

export const toolChoiceSchema = z.union([
  modes.transform((choice): RequestedChoice => ({ choice })),
  named.transform((tool): RequestedChoice => ({ choice: { name: tool.name } })),
  chatNamed.transform((tool): RequestedChoice => ({ choice: { name: tool.function.name } })),
  z.looseObject({ type: z.literal('allowed_tools'), ...allowedFields }).transform(toAllowed),
  z
    .looseObject({ type: z.literal('allowed_tools'), allowed_tools: z.looseObject(allowedFields) })
    .transform((choice) => toAllowed(choice.allowed_tools)),
]);

const schemaFields = {
  name,
  description: z.string().nullish(),
  schema: z.record(z.string(), z.unknown()),
  strict: z.boolean().nullish(),
};

const toFormat = ({
  description,
  strict,
  ...rest
}: z.infer<z.ZodObject<typeof schemaFields>>): AnswerFormat => ({
  type: 'json_schema',
  name: rest.name,
  schema: rest.schema,
  ...(typeof description === 'string' ? { description } : {}),
  ...(typeof strict === 'boolean' ? { isStrict: strict } : {}),
});

const text = z.looseObject({ type: z.literal('text') }).transform((): undefined => undefined);
const jsonObject = z
  .looseObject({ type: z.literal('json_object') })
  .transform((): AnswerFormat => ({ type: 'json_object' }));

/** `text.format` of the Responses API; undefined is plain text. */
export const textFormatSchema = z.union([
  text,
  jsonObject,
  z.looseObject({ type: z.literal('json_schema'), ...schemaFields }).transform(toFormat),
]);

/** `response_format` of Chat Completions. */
export const responseFormatSchema = z.union([
  text,
  jsonObject,
  z
    .looseObject({ type: z.literal('json_schema'), json_schema: z.looseObject(schemaFields) })
    .transform((format) => toFormat(format.json_schema)),
]);
