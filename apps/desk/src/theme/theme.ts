import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** A calm blue: white passes 4.5 : 1 on 6 and 7, and so does 4 on the dark ground. */
const ink: MantineColorsTuple = [
  '#eef3ff',
  '#dbe5fd',
  '#b6c9f8',
  '#8eabf3',
  '#7094f0',
  '#4f79e8',
  '#3c68e0',
  '#2f5bd7',
  '#2549b4',
  '#1b3889',
];

const slate: MantineColorsTuple = [
  '#e6e8ec',
  '#c9ccd3',
  '#a6abb6',
  '#8a909c',
  '#565c68',
  '#3b404a',
  '#2a2e36',
  '#1f2229',
  '#17191f',
  '#101217',
];

/** What components read at run time; its CSS variables are written at build time (build/mantine-variables.ts). */
export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 7, dark: 6 },
  colors: { ink, dark: slate },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: { fontWeight: '600' },
  components: {
    // Locking the page's scroll writes a <style> element, which the policy refuses; the page itself never scrolls.
    Modal: { defaultProps: { lockScroll: false, centered: true, overlayProps: { backgroundOpacity: 0.35 } } },
    Drawer: { defaultProps: { lockScroll: false, overlayProps: { backgroundOpacity: 0.35 } } },
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-end' } },
    Loader: { defaultProps: { size: 'sm', type: 'dots' } },
  },
});
