import { BatonError } from '@baton/contracts';
import { Param, type PipeTransform } from '@nestjs/common';

/** Ids as callers choose them (api.md, Conventions), for fields and for paths. */
export const CONVERSATION_ID = /^[A-Za-z0-9_:-]{1,128}$/;
export const CALLER_TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

class IdPipe implements PipeTransform<string, string> {
  constructor(
    private readonly name: string,
    private readonly pattern: RegExp,
  ) {}

  transform(value: string): string {
    if (this.pattern.test(value)) return value;
    throw new BatonError('validation-failed', 'The path is not valid', {
      errors: [{ path: this.name, message: `must match ${this.pattern.source}` }],
    });
  }
}

/** The conversation a path names. */
export const ConversationIdParam = (): ParameterDecorator => Param('id', new IdPipe('id', CONVERSATION_ID));

/** Any other id or name in a path. */
export const TokenParam = (name = 'id'): ParameterDecorator => Param(name, new IdPipe(name, CALLER_TOKEN));
