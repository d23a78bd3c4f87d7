import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom. A test lints a known violation with this file alone. */
export const BOUNDARIES = [
  'error',
  {
    allow: [],
    depConstraints: [
      { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: [] },
      { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib', 'type:contracts'] },
      { sourceTag: 'type:service', onlyDependOnLibsWithTags: ['type:lib', 'type:contracts'] },
      // The tests of whole stories (e2e) stand in for a customer's own code, which has the client.
      { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:lib', 'type:contracts', 'type:client'] },
      // What runs in a browser knows the API and nothing behind it.
      { sourceTag: 'type:client', onlyDependOnLibsWithTags: [] },
      { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:client'] },
    ],
  },
];

export default [
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { '@nx': nx },
    languageOptions: { parser: tseslint.parser },
    rules: { '@nx/enforce-module-boundaries': BOUNDARIES },
  },
];
