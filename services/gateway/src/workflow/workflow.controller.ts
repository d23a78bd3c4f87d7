import { BusClient } from '@baton/bus';
import { type Page, type RequestContext, workflowRequests, type WorkflowView } from '@baton/contracts';
import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiResponse, ApiTags } from '@nestjs/swagger';

import { Allow } from '../auth/access.js';
import { TokenParam } from '../dto/caller-ids.js';
import { pageOf, PageQueryDto } from '../dto/page.dto.js';
import { YamlBody } from '../http/body-parser.js';
import { Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { ValidationDto, VersionQueryDto, WorkflowDto } from './workflow.dto.js';

const WorkflowPageDto = pageOf(WorkflowDto);
const YAML_BODY = { schema: { type: 'string' as const, description: 'A workflow in YAML' } };

@ApiTags('Workflows')
@Controller('api/v1/workflows')
export class WorkflowController {
  constructor(private readonly bus: BusClient) {}

  @Get()
  @Allow({ scopes: ['workflows'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: WorkflowPageDto })
  @problems('validation-failed')
  list(@Query() query: PageQueryDto, @Context() ctx: RequestContext): Promise<Page<WorkflowView>> {
    return this.bus.request(workflowRequests.list, ctx, query);
  }

  @Get(':name')
  @Allow({ scopes: ['workflows'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: WorkflowDto })
  @problems('validation-failed', 'not-found')
  get(
    @TokenParam('name') name: string,
    @Query() { version }: VersionQueryDto,
    @Context() ctx: RequestContext,
  ): Promise<WorkflowView> {
    return this.bus.request(workflowRequests.get, ctx, { name, ...(version !== undefined && { version }) });
  }

  /** Running conversations keep the version they began with. */
  @Put(':name')
  @Allow({ scopes: ['workflows'], staff: 'admin' })
  @ApiConsumes('application/yaml')
  @ApiBody(YAML_BODY)
  @ApiResponse({ status: 200, type: WorkflowDto })
  @problems('validation-failed', 'body-too-large', 'unsupported-media-type')
  put(
    @TokenParam('name') name: string,
    @Body() { text }: YamlBody,
    @Context() ctx: RequestContext,
  ): Promise<WorkflowView> {
    return this.bus.request(workflowRequests.put, ctx, { name, yaml: text });
  }

  /** One that is in use is not deleted. */
  @Delete(':name')
  @HttpCode(204)
  @Allow({ scopes: ['workflows'], staff: 'admin' })
  @ApiResponse({ status: 204 })
  @problems('validation-failed', 'not-found', 'conflict')
  async delete(@TokenParam('name') name: string, @Context() ctx: RequestContext): Promise<void> {
    await this.bus.request(workflowRequests.delete, ctx, { name });
  }

  @Post('validate')
  @HttpCode(200)
  @Allow({ scopes: ['workflows'], staff: 'supervisor' })
  @ApiConsumes('application/yaml')
  @ApiBody(YAML_BODY)
  @ApiResponse({ status: 200, type: ValidationDto })
  @problems('validation-failed', 'body-too-large', 'unsupported-media-type')
  async validate(@Body() { text }: YamlBody, @Context() ctx: RequestContext): Promise<ValidationDto> {
    const { valid, errors } = await this.bus.request(workflowRequests.validate, ctx, { yaml: text });
    return { valid, errors: [...errors] };
  }
}
