import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService } from '@nestjs/core';

import { ACCESS, type Access } from './access.js';

export interface Route {
  readonly method: string;
  /** As OpenAPI writes it: `/api/v1/conversations/{id}`. */
  readonly path: string;
  readonly access: Access | undefined;
}

/** Every route of the process with who may call it, read from the decorators. */
@Injectable()
export class RouteTable {
  private routes: readonly Route[] | undefined;
  private matchers: readonly { readonly pattern: RegExp; readonly method: string }[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  all(): readonly Route[] {
    this.routes ??= this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (metatype ? routesOf(metatype as Type) : []))
      .sort((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method));
    return this.routes;
  }

  /** The methods that a path knows; empty where there is no such path. */
  methodsOf(path: string): string[] {
    if (this.matchers.length === 0) {
      this.matchers = this.all().map((route) => ({ method: route.method, pattern: toPattern(route.path) }));
    }
    return this.matchers.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  }
}

const toPattern = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

/** The routes of one controller class, in the order they are written. */
export const routesOf = (controller: Type): Route[] => {
  const prefix = (Reflect.getMetadata(PATH_METADATA, controller) ?? '') as string;
  const prototype = controller.prototype as Record<string, unknown>;
  return Object.getOwnPropertyNames(prototype).flatMap((key) => {
    const handler = key === 'constructor' ? undefined : prototype[key];
    if (typeof handler !== 'function') return [];
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const paths = [Reflect.getMetadata(PATH_METADATA, handler) as string | string[]].flat();
    const access = Reflect.getMetadata(ACCESS, prototype, key) as Access | undefined;
    return paths.map((path) => ({ method: RequestMethod[method], path: toPath(prefix, path), access }));
  });
};

const toPath = (...parts: string[]): string => {
  const path = parts.flatMap((part) => part.split('/')).filter((part) => part !== '');
  return `/${path.join('/')}`.replaceAll(/:(\w+)/g, '{$1}');
};
