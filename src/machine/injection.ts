/**
 * Environment variables that make an interpreter run code of its caller besides its script. ENV is not among them,
 * because only interactive shells read it and services use the name for other purposes.
 */
export const codeVariables = {
  bash: "BASH_ENV|SHELLOPTS",
  zsh: "ZDOTDIR",
  python: "PYTHONPATH|PYTHONHOME|PYTHONSTARTUP|PYTHONUSERBASE",
  perl: "PERLLIB|PERL5LIB|PERL5OPT|PERL5DB",
  ruby: "RUBYLIB|RUBYOPT",
  node: "NODE_OPTIONS|NODE_PATH",
  php: "PHPRC|PHP_INI_SCAN_DIR",
} as const;
