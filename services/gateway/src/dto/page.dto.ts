import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

import { QueryInt, Text } from './fields.js';

export class PageQueryDto {
  @QueryInt({ min: 1, max: 200, default: 50 })
  limit?: number;

  @Text({ optional: true, max: 512, min: 1, description: 'The `next_cursor` of the page before; opaque' })
  cursor?: string;
}

export interface PageDto<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

/** The page of a list, as its own named schema in the OpenAPI document. */
export const pageOf = <T>(item: Type<T>): Type<PageDto<T>> => {
  class Page implements PageDto<T> {
    @ApiProperty({ type: () => item, isArray: true })
    items!: readonly T[];

    @ApiProperty({ type: 'string', nullable: true, description: 'For `?cursor=`; null at the end' })
    next_cursor!: string | null;
  }
  Object.defineProperty(Page, 'name', { value: `${item.name.replace(/Dto$/, '')}PageDto` });
  return Page;
};
