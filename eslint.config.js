import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['build/', 'demo-photos/', 'node_modules/'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'native-notes/probes/**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always'],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          // A constructor cannot have a name with #.
          selector:
            ':matches(PropertyDefinition, AccessorProperty, TSParameterProperty, MethodDefinition[kind!="constructor"])[accessibility=/private|protected/]',
          message: 'Private members are #name.',
        },
        {
          selector:
            'ConditionalExpression[test.operator="instanceof"][test.right.name="Error"][alternate.callee.name="String"]',
          message: 'The words of an error: messageOf or traceOf of support/message-of.ts.',
        },
        {
          selector:
            'CallExpression[callee.object.name="Promise"][callee.property.name="race"] CallExpression[callee.property.name="sleep"]',
          message: 'A wait with a deadline: support/deadline.ts.',
        },
      ],
    },
  },
  { files: ['src/support/message-of.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['src/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', 80] },
  },
  {
    // node:test's describe/it return promises that the runner owns; scripts talk to a person on stdout.
    files: ['test/**/*.ts', 'native-notes/probes/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['it', 'describe', 'test', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
      'no-console': 'off',
    },
  },
);
