import { closedFinding } from './closed-work';
import type { WorkContext } from './context';
import type { Findings } from './findings';
import type { WorkName } from './names';

type Works = Readonly<Partial<Record<WorkName, (context: WorkContext, findings: Findings) => Promise<void>>>>;

/** How each work is done, and where its finding goes. */
export const works: Works = {
  chat: async (context, findings) => void (findings.chat = await closedFinding('chat', context)),
  agent: async (context, findings) => void (findings.agent = await closedFinding('agent', context)),
  agent4: async (context, findings) => void (findings.agent4 = await closedFinding('agent4', context)),
};
