import type { RunStore } from '@lumina/store';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { ownRun } from '../langgraph/ownership';
import { type Family, checkMember, familyOfRun } from './family';

/** What a person's decision says whatever it is about. */
export class DecisionBody {
  @ApiPropertyOptional({
    format: 'uuid',
    description: "The subagent's run that asks, where the question names another run.",
  })
  @IsOptional()
  @IsUUID('all', { message: 'a UUID' })
  run_id?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: 'text' })
  @MaxLength(2_000, { message: 'at most 2000 characters' })
  reason?: string;
}

/** @throws LuminaError LUM_RUN_NOT_FOUND when the tenant has no such run */
export async function ownFamily(store: RunStore, run: string, tenant: string): Promise<Family> {
  return familyOfRun(store, await ownRun(store, { run }, tenant));
}

/**
 * Which run of the family a decision is about.
 *
 * @throws LuminaError LUM_RUN_NOT_FOUND, LUM_APPROVAL_NOT_PENDING
 */
export async function ownMember(
  store: RunStore,
  { run, tenant }: { readonly run: string; readonly tenant: string },
  { run_id: of = run }: DecisionBody,
): Promise<string> {
  await checkMember(store, await ownRun(store, { run }, tenant), of);
  return of;
}
