/**
 * The environment that a VS Code of ours is started with.
 *
 * Takes away only what would make it another VS Code's child, or change what it is.
 */

/** Variables of an outer editor's terminal, Node or npm script, and of the server's own settings. */
const foreign =
  /^(VSCODE_|ELECTRON_|CODE_SERVER_|NODE_OPTIONS$|PORT$|PASSWORD$|HASHED_PASSWORD$|npm_(?!config_))/;

/** `env` without what belongs to an outer editor or would steer the server. */
export function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
}

/**
 * As `cleanEnvironment`, for a home of its own: the person's configuration, state and caches are
 * out of reach.
 */
export function isolatedEnvironment(env: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  const entries = Object.entries(cleanEnvironment(env));
  return {
    ...Object.fromEntries(entries.filter(([name]) => !name.startsWith('XDG_'))),
    HOME: home,
  };
}
