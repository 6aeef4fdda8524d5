import { burstFinding } from './burst-work';
import { closedFinding } from './closed-work';
import type { WorkContext } from './context';
import type { Findings } from './findings';
import { latencyFinding } from './latency-work';
import type { WorkName } from './names';
import { soakFinding } from './soak-work';
import { streamFinding } from './stream-work';
import { sustainFinding } from './sustain-work';
import { threadsFinding } from './threads-work';

type Works = { readonly [Name in WorkName]: (context: WorkContext) => Promise<Required<Findings>[Name]> };

/** How each work is done. */
export const works: Works = {
  burst: burstFinding,
  chat: (context) => closedFinding('chat', context),
  agent: (context) => closedFinding('agent', context),
  agent4: (context) => closedFinding('agent4', context),
  latency: latencyFinding,
  stream: streamFinding,
  sustain: sustainFinding,
  threads: threadsFinding,
  soak: soakFinding,
};
