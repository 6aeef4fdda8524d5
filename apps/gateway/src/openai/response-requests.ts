import { conversationAt, messagesOf } from '@lumina/agent';
import { LuminaError, type Message, type RunOptions, isEnding } from '@lumina/contracts';
import type { Interventions, RunSnapshot, RunStore } from '@lumina/store';
import type { Caller } from '../auth/api-keys';
import type { AcceptedRun, PlannedRun, RunIntake } from '../runs/run-intake';
import { inputSchema, toldByInput } from './input-items';
import { responseToolsSchema, toolChoiceSchema } from './request-tools';
import { type CreateResponseBody, reasoningSchema, textSettingsSchema } from './response-body';
import { runOfResponse } from './response-ids';
import { apiName, echoedNames } from './response-view';
import { runOptionsOf } from './run-options';

interface Dependencies {
  readonly store: Pick<RunStore, 'run' | 'journal' | 'hide'>;
  readonly intake: RunIntake;
  readonly interventions: Interventions;
}

/** Where a response goes on from. */
interface Continued {
  readonly thread: string;
  readonly rewindTo: number;
  readonly messages: readonly Message[];
}

export interface Asker {
  readonly caller: Caller;
  readonly idempotencyKey: string | undefined;
}

/** What clients of the Responses API ask for. */
export class ResponseRequests {
  constructor(private readonly dependencies: Dependencies) {}

  /** @throws LuminaError for what the client can mend */
  async plan(body: CreateResponseBody, { caller, idempotencyKey }: Asker): Promise<PlannedRun> {
    if (body.background === true && body.store === false)
      throw unfit('store', 'true for a background response');
    const continued = await this.continued(body.previous_response_id, caller);
    const told = toldByInput(inputSchema.parse(body.input), continued?.messages ?? []);
    const instructions = [body.instructions ?? '', told.instructions].filter((words) => words.trim() !== '');
    return this.dependencies.intake.plan({
      tenant: caller.tenant,
      user: caller.user ?? caller.name,
      agent: body.model,
      thread: continued?.thread,
      input: told.input,
      context: told.context,
      options: optionsOf(body, instructions.join('\n\n')),
      door: { name: apiName, request: keptOf(body) },
      ifThreadMissing: 'require',
      ifThreadBusy: 'enqueue',
      metadata: {},
      idempotencyKey,
      rewindTo: continued?.rewindTo,
    });
  }

  /** One that is not to be stored is hidden at once: whoever made it has its only view. */
  async accept(planned: PlannedRun): Promise<AcceptedRun> {
    const { intake, store } = this.dependencies;
    const accepted = await intake.accept(planned);
    if (planned.created.accepted.door?.request['store'] === false) await store.hide(accepted.run);
    return accepted;
  }

  /** Cancels what is not over; a response that has ended stays as it is. */
  async cancel(id: string, caller: Caller): Promise<RunSnapshot> {
    const snapshot = await this.own(id, caller);
    try {
      const cancellation = { by: caller.name, reason: undefined, isRollback: false };
      await this.dependencies.interventions.cancel(snapshot.run, cancellation);
    } catch (error) {
      if (!isOver(error)) throw error;
    }
    return snapshot;
  }

  async delete(id: string, caller: Caller): Promise<void> {
    const { run } = await this.own(id, caller);
    await this.dependencies.store.hide(run);
  }

  /** What the client sent to create a response. */
  async inputOf(id: string, caller: Caller): Promise<readonly Message[]> {
    const { run, thread, accepted } = await this.own(id, caller);
    if (accepted !== undefined) return messagesOf(accepted);
    const journal = await this.dependencies.store.journal(thread);
    return journal.flatMap(({ fact }) =>
      fact.type === 'run.accepted' && fact.run === run ? messagesOf(fact) : [],
    );
  }

  /** @throws LuminaError LUM_RUN_NOT_FOUND, the same whether there is none or it is another tenant's */
  async own(id: string, { tenant }: Caller): Promise<RunSnapshot> {
    const run = runOfResponse(id);
    const snapshot = run === undefined ? undefined : await this.dependencies.store.run(run);
    if (snapshot?.tenant === tenant && snapshot.isHidden !== true) return snapshot;
    throw responseNotFound(id);
  }

  private async continued(id: string | undefined, caller: Caller): Promise<Continued | undefined> {
    if (id === undefined) return undefined;
    const { run, thread } = await this.own(id, caller);
    const journal = await this.dependencies.store.journal(thread);
    const end = journal.findIndex(({ fact }) => fact.run === run && isEnding(fact)) + 1;
    if (end === 0) throw unfit('previous_response_id', 'a response that has ended; this one is under way');
    return { thread, rewindTo: end, messages: conversationAt(journal, end) };
  }
}

const responseNotFound = (id: string): LuminaError =>
  new LuminaError('LUM_RUN_NOT_FOUND', `Response with id '${id}' not found.`);

/** A cancellation that came too late, or twice. */
const isOver = (error: unknown): boolean =>
  error instanceof LuminaError && (error.code === 'LUM_RUN_ENDED' || error.code === 'LUM_CONFLICT');

function optionsOf(body: CreateResponseBody, instructions: string): RunOptions {
  return runOptionsOf({
    instructions,
    tools: body.tools === undefined ? undefined : responseToolsSchema.parse(body.tools),
    choice: body.tool_choice === undefined ? undefined : toolChoiceSchema.parse(body.tool_choice),
    isParallelCallsAllowed: body.parallel_tool_calls,
    answerFormat:
      body.text === undefined ? undefined : (textSettingsSchema.parse(body.text).format ?? undefined),
    maxOutputTokens: body.max_output_tokens,
    sampling: {
      temperature: body.temperature,
      topP: body.top_p,
      presencePenalty: body.presence_penalty,
      frequencyPenalty: body.frequency_penalty,
      reasoningEffort:
        body.reasoning === undefined
          ? undefined
          : (reasoningSchema.parse(body.reasoning).effort ?? undefined),
    },
  });
}

const keptOf = (body: CreateResponseBody): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(body).filter(([name, value]) => echoedNames.includes(name) && value !== undefined),
  );

function unfit(field: string, expected: string): LuminaError {
  return new LuminaError('LUM_VALIDATION_FAILED', `${field}: expected ${expected}`, {
    fields: [{ field, expected }],
  });
}
