import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsObject, IsOptional, IsString, IsUUID } from 'class-validator';
import { IsNotOffered } from '../bodies/run-input';
import { IsMetadata } from './metadata';
import { PageBody, maxPage } from './paging';
import { threadOrders, threadStatuses, type ThreadStatus } from './thread-search';

export class SearchThreadsBody extends PageBody {
  @ApiPropertyOptional({ type: [String], description: 'Only these threads.' })
  @IsOptional()
  @IsArray({ message: 'a list of UUIDs' })
  @ArrayMaxSize(maxPage, { message: `at most ${maxPage} ids` })
  @IsUUID('all', { each: true, message: 'a list of UUIDs' })
  ids?: string[];

  @ApiPropertyOptional({ type: Object, description: 'Only threads whose metadata holds this.' })
  @IsOptional()
  @IsObject({ message: 'an object' })
  metadata?: Record<string, unknown>;

  @ApiPropertyOptional({ type: Object, description: 'Only threads whose values hold this.' })
  @IsOptional()
  @IsObject({ message: 'an object' })
  values?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: threadStatuses })
  @IsOptional()
  @IsIn(threadStatuses, { message: `one of ${threadStatuses.join(', ')}` })
  status?: ThreadStatus;

  @ApiPropertyOptional({ enum: threadOrders, default: 'created_at' })
  @IsOptional()
  @IsIn(threadOrders, { message: `one of ${threadOrders.join(', ')}` })
  sort_by?: (typeof threadOrders)[number];

  @ApiPropertyOptional({ enum: ['asc', 'desc'], default: 'desc' })
  @IsOptional()
  @IsIn(['asc', 'desc'], { message: 'asc or desc' })
  sort_order?: 'asc' | 'desc';

  @ApiPropertyOptional({ type: [String], description: 'Only these fields.' })
  @IsOptional()
  @IsArray({ message: 'a list of names of fields' })
  @IsString({ each: true, message: 'a list of names of fields' })
  select?: string[];

  @IsNotOffered('extracting parts of values')
  extract?: unknown;
}

export class PatchThreadBody {
  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @IsMetadata()
  metadata?: Record<string, unknown>;

  @IsNotOffered('a life time of a thread')
  ttl?: unknown;
}

export class PruneThreadsBody {
  @ApiProperty({ type: [String], example: ['3f4c64e0-f792-4a5e-aa07-a4404e06e0bd'] })
  @IsArray({ message: 'a list of UUIDs' })
  @ArrayMaxSize(100, { message: 'at most 100 ids' })
  @IsUUID('all', { each: true, message: 'a list of UUIDs' })
  thread_ids!: string[];

  @ApiPropertyOptional({ enum: ['delete'], default: 'delete' })
  @IsOptional()
  @IsIn(['delete'], { message: 'delete: what a thread said is kept whole or not at all' })
  strategy?: 'delete';
}
