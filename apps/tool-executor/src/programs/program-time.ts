import { z } from 'zod';

const minMs = 100;
const maxMs = 300_000;
const defaultMs = 60_000;
/** The sandbox ends a program at its limit; the tool's own time must be over later, so that the answer still arrives. */
const marginMs = 5_000;

/** The time of a tool that runs programs, for the longest of them. */
export const programToolTimeoutMs = maxMs + marginMs;

/** Where and for how long a program is to run, as the model asks for it. */
export const programPlaceAndTime = {
  cwd: z
    .string()
    .max(1_000)
    .default('.')
    .describe('The folder to run in, relative to the workspace. Default: the workspace itself.'),
  timeout_ms: z
    .number()
    .int()
    .min(minMs)
    .max(maxMs)
    .default(defaultMs)
    .describe(`After how many milliseconds the program is ended, ${minMs} to ${maxMs}.`),
};
