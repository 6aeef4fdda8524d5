import type { FactOf, JournalEntry } from '@lumina/contracts';
import { z } from 'zod';

/** What feedback can be about. They are labels of a metric, so there are only these. */
export const feedbackCategories = [
  'overall',
  'correctness',
  'helpfulness',
  'completeness',
  'speed',
  'safety',
  'style',
  'other',
] as const;

export const feedbackSchema = z.object({
  feedback_id: z.string(),
  at: z.iso.datetime(),
  /** 1: poor, to 5: excellent. */
  score: z.number().int().min(1).max(5),
  category: z.enum(feedbackCategories),
  comment: z.string().optional(),
  /** The key that gave it. */
  by: z.string(),
  agent: z.string(),
  /** The definition that the run began with. */
  agent_version: z.string(),
  /** Of what the model was told before the conversation (SHA-256). */
  prompt_digest: z.string(),
  /** Which models had answered, in the order of their first answers. */
  models: z.array(z.string()),
});
export type Feedback = z.infer<typeof feedbackSchema>;

/** The models that answered in a run, each once. */
export function modelsIn(run: string, journal: readonly JournalEntry[]): readonly string[] {
  const answers = journal
    .map(({ fact }) => fact)
    .filter((fact): fact is FactOf<'model.answered'> => fact.run === run && fact.type === 'model.answered');
  return [...new Set(answers.map(({ model }) => model))];
}

/** Oldest first. */
export const feedbackOf = (ratings: readonly string[]): readonly Feedback[] =>
  ratings
    .map((json) => feedbackSchema.parse(JSON.parse(json)))
    .sort((a, b) => (`${a.at} ${a.feedback_id}` < `${b.at} ${b.feedback_id}` ? -1 : 1));
