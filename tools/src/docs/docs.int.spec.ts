import { findCheckout } from '@baton/system';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import { anchorsOf, blocksOf, codeIn, linksOf, readPages } from './pages.js';

const CHECKOUT = findCheckout();
const pages = readPages(CHECKOUT);
const byPath = new Map(pages.map((page) => [page.path, page]));
const read = (path: string): string => readFileSync(join(CHECKOUT, path), 'utf8');
/** Tests read variables too. */
const tests = globSync('{libs,services,tools,e2e}/**/src/**/*.spec.ts', { cwd: CHECKOUT })
  .map(read)
  .join('\n');
/** Where variables and metrics are named. */
const source = globSync('{libs,services,tools,clients,apps}/*/src/**/*.{ts,tsx}', { cwd: CHECKOUT })
  .filter((path) => !/\.(spec|fixture)\.ts$/.test(path))
  .concat(globSync('tools/src/**/*.ts', { cwd: CHECKOUT }))
  .concat(globSync('deploy/**/*.{yaml,yml,tpl}', { cwd: CHECKOUT }))
  .concat(globSync('docker-compose*.yml', { cwd: CHECKOUT }))
  .map(read)
  .join('\n');

/** What is built, and what a reader writes. */
const OF_THE_READER = /\/dist\/|^config\/(?:tools|connections)\//;

describe('the pages', () => {
  it('are found', () => {
    expect(pages.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'README.md',
        'docs/frontend.md',
        'docs/adr/README.md',
        'docs/reference/routes.md',
      ]),
    );
  });

  it.each(pages.map((page) => [page.path, page] as const))(
    '%s leads nowhere that is not there',
    (_path, page) => {
      const dead = linksOf(page).filter(({ path, anchor }) => {
        if (!existsSync(join(CHECKOUT, path))) return true;
        const target = byPath.get(path);
        return (
          anchor !== undefined && anchor !== '' && target !== undefined && !anchorsOf(target).has(anchor)
        );
      });
      expect(dead.map(({ written }) => written)).toEqual([]);
    },
  );

  it('are each led to from another page', () => {
    const led = new Set(pages.flatMap((page) => linksOf(page).map(({ path }) => path)));
    const isLed = (path: string): boolean => led.has(path) || led.has(dirname(path));
    expect(pages.map(({ path }) => path).filter((path) => path !== 'README.md' && !isLed(path))).toEqual([]);
  });

  it.each(pages.map((page) => [page.path, page] as const))('%s names what there is', (path, page) => {
    const code = codeIn(page);
    const text = code.join('\n');
    const wrong: string[] = [];
    const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
    for (const [whole, name = ''] of text.matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g))
      if (!(name in scripts) && !/npm run dev/.test(whole)) wrong.push(whole);
    for (const [file] of text.matchAll(
      /(?<![\w/.-])(?:libs|services|tools|e2e|apps|clients|deploy|config|docs)\/[\w./-]+\.\w+/g,
    ))
      if (!existsSync(join(CHECKOUT, file)) && !OF_THE_READER.test(file)) wrong.push(file);
    for (const [variable] of text.matchAll(/\bBATON_[A-Z0-9_]*[A-Z0-9]\b(?!\*|_\*)/g))
      if (!source.includes(variable) && !tests.includes(variable)) wrong.push(variable);
    for (const [metric] of text.matchAll(/\bbaton_[a-z0-9_]+(?=\b(?![*/.-]))/g))
      if (metric.split('_').length > 2 && !source.includes(metric.replace(/_(bucket|count|sum)$/, '')))
        wrong.push(metric);
    const routes = read('docs/reference/routes.md');
    if (path !== 'docs/reference/routes.md')
      for (const [whole, methods = '', route = ''] of text.matchAll(
        /\b((?:GET|POST|PUT|PATCH|DELETE)(?:, (?:GET|POST|PUT|PATCH|DELETE))*) (\/api\/v1\/[\w/{}.[\]-]*)/g,
      ))
        if (!isRoute(routes, methods.split(', '), route)) wrong.push(whole);
    expect([...new Set(wrong)]).toEqual([]);
  });

  it('hold shell that can be run', () => {
    for (const page of pages)
      for (const block of [...blocksOf(page, 'sh'), ...blocksOf(page, 'bash')]) {
        const { status, stderr } = spawnSync('bash', ['-n'], { input: block, encoding: 'utf8' });
        expect({ page: page.path, status, stderr }).toEqual({ page: page.path, status: 0, stderr: '' });
      }
  });

  it('hold YAML that can be read', () => {
    for (const page of pages) {
      for (const block of blocksOf(page, 'yaml'))
        for (const document of parseAllDocuments(block))
          expect({ page: page.path, errors: document.errors.map(String) }).toEqual({
            page: page.path,
            errors: [],
          });
    }
  });
});

/** A route of the table, whatever its parameters are called; `[/{id}]` is with and without. */
const isRoute = (table: string, methods: readonly string[], written: string): boolean => {
  const paths = written.includes('[')
    ? [written.replace(/\[[^\]]*\]?/, ''), written.replace(/[[\]]/g, '')]
    : [written.replace(/[./]+$/, '')];
  const known = new Set(
    [...table.matchAll(/^\| `(\w+) ([^`]+)`/gm)].map(
      ([, method, path]) => `${method} ${shapeOf(path as string)}`,
    ),
  );
  return methods.every((method) =>
    paths.some((path) => [...known].some((each) => matches(each, `${method} ${shapeOf(path)}`))),
  );
};
const shapeOf = (path: string): string => path.replace(/\{[^}]*\}/g, '*');
/** An id that is written out stands for any. */
const matches = (known: string, written: string): boolean => {
  const [a, b] = [known.split('/'), written.split('/')];
  return a.length === b.length && a.every((part, index) => part === b[index] || part === '*');
};
