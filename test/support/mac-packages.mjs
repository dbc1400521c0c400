// What to type on a Mac for programs that are missing. Plain Node, no dependencies.

/** @typedef {{ any: string[], brew?: string, cask?: string, xcode?: boolean, mac?: string }} Program */

/**
 * Lines for a person, one for each way of installing: Apple's compilers, formulae and casks of Homebrew, and what neither has.
 * @param {readonly Program[]} missing
 * @returns {string[]}
 */
export function macInstallLines(missing) {
  const list = (key) => [...new Set(missing.map((program) => program[key]).filter(Boolean))];
  const formulae = list('brew');
  const casks = list('cask');
  return [
    ...(missing.some(({ xcode }) => xcode) ? ['  xcode-select --install'] : []),
    ...(formulae.length === 0 ? [] : [`  brew install ${formulae.join(' ')}`]),
    ...(casks.length === 0 ? [] : [`  brew install --cask ${casks.join(' ')}`]),
    ...list('mac').map((words) => `  ${words}`),
  ];
}
