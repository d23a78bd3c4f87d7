import 'reflect-metadata';

import type { Type } from '@nestjs/common';
import fc from 'fast-check';

import { AnalyticsQueryDto } from '../analytics/analytics.dto.js';
import { CreateApiKeyDto } from '../api-key/api-key.dto.js';
import { ConversationQueryDto, HandoverContextDto } from '../conversation/conversation.dto.js';
import { FeedbackDto, RequestHandoverDto, ResolveDto, TransferDto } from '../conversation/handover.dto.js';
import { ReceiveMessageDto } from '../conversation/turn.dto.js';
import { rulesOf } from '../dto/field-rules.js';
import { readDto, REFUSED } from '../dto/read-dto.js';
import { RegisterHumanAgentDto, UpdateHumanAgentDto } from '../staff/human-agent.dto.js';
import { ExecuteWorkflowDto } from '../workflow/workflow.dto.js';
import { whyRefused } from './dto.pipe.js';

const DTOS: readonly Type<object>[] = [
  ReceiveMessageDto,
  RequestHandoverDto,
  ResolveDto,
  TransferDto,
  FeedbackDto,
  RegisterHumanAgentDto,
  UpdateHumanAgentDto,
  ConversationQueryDto,
  AnalyticsQueryDto,
  ExecuteWorkflowDto,
  CreateApiKeyDto,
  HandoverContextDto,
];

/** Values near what the fields take: some right, some almost, some not at all. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    ...[
      'user',
      'human_agent',
      'RESOLVED',
      'HIGH',
      'agent',
      'NEW',
      'failure',
      'day',
      '',
      ' ',
      'conv_1',
      'a b',
      '7',
      '2026-11-22',
    ],
    ...[null, undefined, true, false, 0, 1, 3, 5.5, 200, -1, Number.MAX_SAFE_INTEGER],
    ...['ana@example.org', 'x'.repeat(201), 'x'.repeat(5000)],
  ),
  fc.constantFrom<unknown>(
    {},
    [],
    { billing: 2 },
    { billing: 9 },
    { id: 'c' },
    { id: '' },
    ['staff'],
    ['root'],
    [{}],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

const bodyOf = (dto: Type<object>): fc.Arbitrary<object> => {
  const fields = rulesOf(dto).map(({ name }) => [name, value] as const);
  return fc.record({ ...Object.fromEntries(fields), surprise: value }, { requiredKeys: [] });
};

describe('the quick reader and class-validator', () => {
  it.each(DTOS.map((dto) => [dto.name, dto] as const))('agree on what is a %s', (_name, dto) => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(bodyOf(dto), (body) => {
        const isTaken = readDto(dto, body) !== REFUSED;
        seen[isTaken ? 'taken' : 'refused'] += 1;
        expect({ body, isTaken }).toEqual({ body, isTaken: whyRefused(dto, body).length === 0 });
      }),
      { numRuns: 1000 },
    );
    expect(seen.refused).toBeGreaterThan(0);
  });

  it('give nothing on that is no field, at any depth', () => {
    const body = {
      message: 'Hello',
      sender_type: 'user',
      surprise: 1,
      customer: { id: 'c', surprise: 1 },
      metadata: { kept: { surprise: 1 } },
    };
    expect(readDto(ReceiveMessageDto, body)).toEqual({
      message: 'Hello',
      sender_type: 'user',
      customer: { id: 'c' },
      metadata: { kept: { surprise: 1 } },
    });
    expect(Object.keys(readDto(ReceiveMessageDto, body))).not.toContain('turn_id');
  });

  it('are not fooled by what an object inherits', () => {
    const body = Object.create({ message: 'Hello', sender_type: 'user' }) as object;
    expect(readDto(ReceiveMessageDto, body)).toBe(REFUSED);
  });
});
