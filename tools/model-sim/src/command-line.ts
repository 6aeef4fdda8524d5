import { parseArgs } from 'node:util';
import { errorMessage } from './error-message';

export interface CommandLine {
  readonly port: number;
  readonly host: string;
  readonly scenarioFile: string | undefined;
  readonly requireKey: string | undefined;
}

export type ParsedCommandLine =
  | { readonly kind: 'start'; readonly commandLine: CommandLine }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

export const usage = `Usage: model-sim [--port N] [--host ADDRESS] [--scenario FILE] [--require-key KEY]

A simulated model behind OpenAI's chat completions API.

  --port N           port to listen on, 0 for any (default: PORT from the environment, else 0)
  --host ADDRESS     address to listen on (default: 127.0.0.1)
  --scenario FILE    YAML or JSON script to answer from; without it a rule-based planner answers
  --require-key KEY  answer 401 to requests without Authorization: Bearer KEY
  --help             this text
`;

const options = {
  port: { type: 'string' },
  host: { type: 'string' },
  scenario: { type: 'string' },
  'require-key': { type: 'string' },
  help: { type: 'boolean' },
} as const;

export function parseCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedCommandLine {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options, strict: true }));
  } catch (error) {
    return { kind: 'wrong', message: errorMessage(error) };
  }
  if (values.help === true) return { kind: 'help' };
  const [source, given] =
    values.port === undefined ? ['PORT', environment.PORT ?? '0'] : ['--port', values.port];
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535)
    return {
      kind: 'wrong',
      message: `${source} must be a number from 0 to 65535, not ${JSON.stringify(given)}`,
    };
  if (values['require-key'] === '') return { kind: 'wrong', message: '--require-key must not be empty' };
  return {
    kind: 'start',
    commandLine: {
      port: Number(given),
      host: values.host ?? '127.0.0.1',
      scenarioFile: values.scenario,
      requireKey: values['require-key'],
    },
  };
}
