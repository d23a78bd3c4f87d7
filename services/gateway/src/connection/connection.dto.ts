import {
  CONNECTION_STATUSES,
  type ConnectionStatus,
  type ConnectionView,
  type ProviderView,
} from '@baton/contracts';

import { CALLER_TOKEN } from '../dto/caller-ids.js';
import { DateTime, Flag, ListOfText, OneOf, Text } from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';

export class CreateConnectionDto {
  @Text({
    pattern: CALLER_TOKEN,
    example: 'acme',
    description: 'As the files of `config/connections` name it',
  })
  provider!: string;

  @ListOfText({
    optional: true,
    example: ['orders.read'],
    description: "The provider's own default ones unless told",
  })
  scopes?: string[];
}

export class BegunConnectionDto {
  @Text({ example: 'conn_1' })
  connection_id!: string;

  @Text({ description: 'Where a person says yes or no; good once, for ten minutes' })
  authorize_url!: string;
}

export class ConnectionQueryDto extends PageQueryDto {
  @Text({ optional: true, pattern: CALLER_TOKEN })
  provider?: string;

  @OneOf(CONNECTION_STATUSES, { optional: true })
  status?: ConnectionStatus;
}

export class ConnectionDto implements ConnectionView {
  @Text({ example: 'conn_1' })
  connection_id!: string;

  @Text({ example: 'acme' })
  provider!: string;

  @OneOf(CONNECTION_STATUSES)
  status!: ConnectionStatus;

  @ListOfText({ description: 'As granted; while PENDING, as asked for' })
  scopes!: string[];

  @Text({
    nullable: true,
    description:
      'Why it is FAILED (denied, refused, not_answered) or EXPIRED (no_refresh_token, refresh_refused, refresh_lost)',
  })
  reason!: string | null;

  @Flag({ description: 'Whether its access tokens are renewed without anybody' })
  renewable!: boolean;

  @DateTime({ nullable: true, description: 'Of the access token there is now' })
  expires_at!: string | null;

  @DateTime()
  created_at!: string;

  @DateTime({ nullable: true })
  connected_at!: string | null;

  @DateTime()
  updated_at!: string;
}

export class ProviderDto implements ProviderView {
  @Text({ example: 'acme' })
  provider!: string;

  @Text({ nullable: true })
  description!: string | null;

  @ListOfText({ description: 'Asked for where a caller names none' })
  scopes!: string[];

  @ListOfText({ description: 'May be asked for besides' })
  optional_scopes!: string[];

  @Flag()
  available!: boolean;

  @Text({ nullable: true, description: 'Why it is not available' })
  unavailable_reason!: string | null;

  @Flag({ description: 'Whether there is a live connection to it' })
  connected!: boolean;
}
