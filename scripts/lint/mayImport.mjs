/**
 * The lint rule behind "a folder is a permission to import".
 *
 * Reads one table and judges each import by it, whether of values or of types, static or dynamic.
 * Knows no folder by name: the table in `eslint.config.mjs` does.
 */
import path from 'node:path';

/**
 * @typedef {object} Permission
 * @property {readonly string[]} folders Folders, or single files, that may be imported from.
 * @property {readonly string[] | 'any'} packages Packages that may be imported; `node:` stands for
 *   all built-in modules.
 */
/** @typedef {Readonly<Record<string, Permission>>} Table Permissions by folder, from the root. */

/** @type {import('eslint').Rule.RuleModule} */
export const mayImport = {
  meta: {
    type: 'problem',
    schema: [{ type: 'object' }],
    messages: {
      folder:
        '{{from}} may not import {{to}}. The table `mayImport` in eslint.config.mjs says why.',
      package:
        '{{from}} may not import the package "{{to}}". The table `mayImport` in eslint.config.mjs says why.',
    },
  },
  create(context) {
    const table = /** @type {Table} */ (context.options[0]);
    const file = toPosix(path.relative(context.cwd, context.filename));
    const from =
      Object.keys(table).find((folder) => isInside(file, folder)) ?? unlisted(file, table);
    if (from === undefined) return {};
    const permission = table[from] ?? { folders: [], packages: [] };

    /** @param {{ source?: unknown }} node */
    const check = (node) => {
      const source = /** @type {import('eslint').Rule.Node | null | undefined} */ (node.source);
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const verdict = judge(source.value, file, from, permission);
      if (verdict !== undefined) {
        context.report({ node: source, messageId: verdict.kind, data: { from, to: verdict.to } });
      }
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

/**
 * The folder of a file that stands among folders of the table, but in none of them.
 *
 * @param {string} file
 * @param {Table} table
 */
function unlisted(file, table) {
  const folder = path.posix.dirname(file);
  const parents = Object.keys(table).map((listed) => path.posix.dirname(listed));
  return parents.some((parent) => parent !== '.' && isInside(folder, parent)) ? folder : undefined;
}

/**
 * @param {string} specifier
 * @param {string} file
 * @param {string} from
 * @param {Permission} permission
 * @returns {{ kind: 'folder' | 'package', to: string } | undefined} What is forbidden, if anything.
 */
function judge(specifier, file, from, permission) {
  if (specifier.startsWith('.')) {
    const to = path.posix.join(path.posix.dirname(file), specifier);
    const allowed = [from, ...permission.folders].some((place) => isInside(to, place));
    return allowed ? undefined : { kind: 'folder', to };
  }
  if (permission.packages === 'any') return undefined;
  const allowed = permission.packages.some(
    (name) => specifier === name || specifier.startsWith(name.endsWith(':') ? name : `${name}/`),
  );
  return allowed ? undefined : { kind: 'package', to: specifier };
}

/**
 * @param {string} file
 * @param {string} place
 */
function isInside(file, place) {
  return file === place || file.startsWith(`${place}/`);
}

/** @param {string} file */
function toPosix(file) {
  return file.split(path.sep).join('/');
}
