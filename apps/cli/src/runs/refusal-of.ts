import { Refusal, exitCodes } from '../command-line/refusal';
import { readProblem } from './problem';

/** What the gateway refused, as this command's own end. */
export function refusalOf(status: number, text: string): Refusal {
  const { code, message } = readProblem(status, text);
  return new Refusal(code === '' ? message : `${message} (${code})`, exitCodes.failed);
}
