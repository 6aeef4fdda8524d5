import { ask } from '../gateway/http-exchange';
import { oneLine } from '../command-line/printable';
import { refusalOf } from './refusal-of';

/** A tool call that waits for a person. */
export interface Proposal {
  /** Whose: the run's own, or a subagent's below it. */
  readonly run_id: string;
  readonly item: string;
  readonly tool: string;
  readonly args: unknown;
  /** Digest of exactly these arguments: a decision about others is refused. */
  readonly args_digest: string;
  readonly why: string;
}

export interface ApprovalAccess {
  readonly gatewayUrl: string;
  readonly apiKey: string;
  readonly run: string;
}

export interface Verdict {
  readonly decision: 'approve' | 'reject' | 'retry' | 'answer';
  readonly reason?: string;
}

const timeoutMs = 15_000;

const urlOf = ({ gatewayUrl, run }: ApprovalAccess): string =>
  `${gatewayUrl}/runs/${encodeURIComponent(run)}/approvals`;

/** @throws Refusal when the gateway does not tell */
export async function pendingProposals(access: ApprovalAccess): Promise<readonly Proposal[]> {
  const headers = { 'x-api-key': access.apiKey };
  const { status, text } = await ask(urlOf(access), { headers, timeoutMs });
  if (status !== 200) throw refusalOf(status, text);
  return JSON.parse(text) as readonly Proposal[];
}

/** @throws Refusal when the decision does not count: it was made already, came too late, or the proposal changed */
export async function decide(access: ApprovalAccess, proposal: Proposal, verdict: Verdict): Promise<void> {
  const { run_id, item, args_digest } = proposal;
  const headers = { 'x-api-key': access.apiKey };
  const body = { run_id, item, args_digest, ...verdict };
  const { status, text } = await ask(urlOf(access), { method: 'POST', headers, body, timeoutMs });
  if (status !== 202) throw refusalOf(status, text);
}

const longestShown = 400;

function questionIn(args: unknown): string {
  const { question } = (args ?? {}) as { question?: unknown };
  return typeof question === 'string' ? question : 'The agent asks for input:';
}

export function questionOf({ tool, args, why }: Proposal): string {
  if (why === 'input') return `${oneLine(questionIn(args), longestShown)} `;
  const shown = oneLine(JSON.stringify(args), longestShown);
  const reason = why === 'outcome_unknown' ? ' (a crash left unknown whether it was done already)' : '';
  return `Run ${oneLine(tool, 64)} ${shown}${reason}? [y]es, or a reason to refuse: `;
}

/** `y` and `yes` approve; anything else refuses, with what was typed as the reason. */
export function verdictOf(answer: string, why: string): Verdict {
  const text = answer.trim();
  if (why === 'input') return text === '' ? { decision: 'reject' } : { decision: 'answer', reason: text };
  if (/^y(es)?$/i.test(text)) return { decision: why === 'outcome_unknown' ? 'retry' : 'approve' };
  const isBareNo = text === '' || /^no?$/i.test(text);
  return isBareNo ? { decision: 'reject' } : { decision: 'reject', reason: text };
}
