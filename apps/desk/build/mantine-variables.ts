import {
  convertCssVariables,
  defaultCssVariablesResolver,
  type MantineThemeOverride,
  mergeMantineTheme,
  DEFAULT_THEME,
} from '@mantine/core';
import type { Plugin } from 'vite';

const ID = 'virtual:mantine-variables.css';

/**
 * The theme's CSS variables as a file. Mantine would write them into a `<style>` element at run time, which a content
 * security policy without `unsafe-inline` refuses.
 */
export const mantineVariables = (theme: MantineThemeOverride): Plugin => ({
  name: 'mantine-variables',
  resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
  load: (id) =>
    id === `\0${ID}`
      ? convertCssVariables(defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme)), ':root')
      : undefined,
});
