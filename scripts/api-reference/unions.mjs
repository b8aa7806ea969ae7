// A plugin for typedoc: the comments on the members of a union become a list below its declaration.
// typedoc-plugin-markdown leaves them out if the members are literals, and gives each object a heading of its own.
import { Converter, ReflectionKind } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const alias of project.getReflectionsByKind(ReflectionKind.TypeAlias)) {
      if (alias.type?.type === 'union' && alias.type.elementSummaries) listMembers(alias);
    }
  });
}

/** @param {import('typedoc').DeclarationReflection} alias */
function listMembers(alias) {
  const { types, elementSummaries } = alias.type;
  alias.comment.summary.push({ kind: 'text', text: '\n' });
  for (const [index, summary] of elementSummaries.entries()) {
    if (summary.length === 0) continue;
    alias.comment.summary.push({ kind: 'text', text: `\n- \`${nameOf(types[index])}\`: ` }, ...summary);
  }
  alias.type.elementSummaries = undefined;
}

/** A literal as it is written; an object by its first property, which is the one that unions are told apart by. */
function nameOf(type) {
  const tag = type.type === 'reflection' ? type.declaration.children?.[0] : undefined;
  return tag ? `${tag.name}: ${tag.type}` : String(type);
}
